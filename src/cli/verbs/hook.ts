import { basename } from 'node:path';
import { DELIVERED_ONCE, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { isRecord } from '#core/base/json.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isLimit } from '#core/fold/limitConditions.ts';
import { fermataHome } from '#core/base/paths.ts';
import { isMergeCondition } from '#core/fold/mergeCondition.ts';
import { isRevocable } from '#core/fold/provable.ts';
import { describeProofs } from '#core/projection/describe.ts';
import { ensureGitWatch } from '#core/workers/gitWatchProcess.ts';
import type { NewEvent } from '#core/log/append.ts';
import { notArrived } from '#cli/arrival.ts';
import { callerOf, logOf, pathContextOf, publishAndRefresh, reporterOf } from '#cli/caller.ts';
import { originOf } from '#cli/origin.ts';
import { assertMayResolve } from '#cli/permission.ts';
import { print } from '#cli/output.ts';
import { refused, usage } from '#cli/exit.ts';
import {
  assertBlockable,
  assertProvable,
  hookEventName,
  MATCH_OPTIONS,
  matchOf,
  LIFETIME_OPTIONS,
  lifetimeOf,
  withPublishedPaths,
} from '#cli/hookEvent.ts';
import { flagOption, textOption, type Call, type Verb } from '#cli/verb.ts';
import { withRun } from '#cli/runCalled.ts';
import { jsonOption, nameOption } from '#cli/args.ts';
import { reportIfAsleep } from '#cli/waking.ts';

/**
 * Publishes a `hook` event and returns what finds the block that it has made or renewed, if any. Throws a refusal where a
 * worker that has ended would block: its line changes nothing.
 */
function invoke(call: Call, event: NewEvent): () => Block | undefined {
  const log = logOf(call);
  const from = log.position;
  const worker = event['exit'] === 0 ? reporterOf(call, log) : callerOf(call, log);
  const isBlock = event['exit'] === 2 && !DELIVERED_ONCE.includes(event['event'] as HookEvent);
  if (isBlock) assertMayBlock(log.state, worker);
  publishAndRefresh(call, log, { ...withPublishedPaths(event, pathContextOf(call, log)), worker });
  return () => {
    const made = [...log.state.blocks.values()].findLast(
      (b) => b.renewedPos >= from && b.worker === worker && b.event === event['event'],
    );
    // its end may have come before the line
    if (made === undefined && isBlock) assertMayBlock(log.state, worker);
    return made;
  };
}

function assertMayBlock({ workers }: SessionState, worker: string): void {
  const known = workers.get(worker);
  if (hasEnded(known) && known?.state !== 'lost')
    throw refused(`${worker} has ended, and what has ended blocks nothing: say it as a worker that is at work`);
}

async function printInvoked(call: Call, blockOf: () => Block | undefined): Promise<undefined> {
  const pending = await notArrived(logOf(call));
  if (pending === undefined) return printBlock(call, blockOf());
  return print(call, pending, { pending: true });
}

function printBlock(call: Call, block: Block | undefined): undefined {
  const active = block !== undefined && block.ended === undefined;
  const text =
    block === undefined ? '' : active ? standing(call, block) : `${block.id} ended at once: what it waits for is over`;
  print(call, text, { block: block?.id, standing: block && active });
}

/** To a worker its block; to a person what will wait for them, and how they let it go. */
function standing(call: Call, { id, worker, event, match, until }: Block): string {
  if (until.some(isLimit)) return `${id} stands, and calls wait once its limit is reached`;
  if (worker !== USER || event !== 'PreToolUse') return `${id} stands`;
  const { tool = '*', path, command, agent = CONDUCTOR } = match ?? {};
  const calls = tool === '*' ? 'next call' : `next ${tool.split('|').join(' or ')} call`;
  const by = agent === '*' ? 'any subagent' : agent.split('|').join(' or ');
  const rest = [command && `of \`${command}\``, path && `of ${path}`].filter(Boolean);
  const what = agent === CONDUCTOR ? [`Claude’s ${calls}`, ...rest] : [`The ${calls}`, ...rest, `by ${by}`];
  const { cwd } = logOf(call).state.session;
  const where = cwd === undefined ? '' : ` in ${basename(cwd)}`;
  return `${what.join(' ')}${where} will wait for you (let it run in the panel, or: fermata release-block ${id})`;
}

export const hook: Verb = {
  name: 'hook',
  summary: 'Invoke one of Claude Code’s hooks: inform (exit code 0), block (2) or warn (any other)',
  usage: '--event E [--exit-code N] [--stderr TEXT] [--json-output JSON]',
  options: {
    event: textOption('E', 'PreToolUse, PostToolUse, Stop, …'),
    'exit-code': textOption('N', '0 informs (the default), 2 blocks, any other warns'),
    stderr: textOption('TEXT', 'the reason, as a hook would write it to its standard error'),
    'json-output': textOption('JSON', 'what a hook would print; hookEventName is filled in'),
    message: textOption('TEXT', 'the text, where neither of the two gives one'),
    match: textOption('JSON', '{"tool":…,"path":…,"command":…,"agent":…}; or each as an option:'),
    ...MATCH_OPTIONS,
    ...LIFETIME_OPTIONS,
    now: flagOption('wake Claude if it is idle'),
  },
  examples: [
    'fermata hook --event PostToolUse --exit-code 2 --stderr "Worker W1 still processing, please wait..."',
    `claude-code-hook --event Stop --exit-code 2 --json-output '{"decision":"block","reason":"W1 failed"}'`,
  ],
  notes: ['The same program answers to the name claude-code-hook. What is said is in force when the command returns.'],
  run: async (call) => {
    const event = hookEventName(call.text('event') ?? missingOption('--event'));
    const exit = Number(call.text('exit-code') ?? '0');
    if (!Number.isInteger(exit) || exit < 0 || exit > 255)
      throw usage('--exit-code must be a whole number from 0 to 255');
    if (exit === 2) assertBlockable(event);
    await assertProvable(call.texts('until'));
    const fields = {
      stderr: call.text('stderr'),
      json: withEventName(jsonOption(call, 'json-output'), event),
      message: call.text('message'),
      match: matchOf(call),
      ...lifetimeOf(call),
      now: call.flag('now') || undefined,
    };
    await printInvoked(call, invoke(call, { t: 'hook', event, exit, ...fields }));
    return reportIfAsleep(call);
  },
};

const missingOption = (what: string): never => {
  throw usage(`${what} is missing`);
};

/** Adds the event's name to `hookSpecificOutput`, where Claude Code's schema requires it. */
function withEventName(json: unknown, event: string): unknown {
  if (!isRecord(json) || !isRecord(json['hookSpecificOutput'])) return json;
  return { ...json, hookSpecificOutput: { hookEventName: event, ...json['hookSpecificOutput'] } };
}

export const inform: Verb = {
  name: 'inform',
  summary: 'Give Claude information with its next tool call',
  args: ['TEXT'],
  usage: '"TEXT" [--at PostToolUse] [--agent A] [--key KEY] [--now]',
  options: {
    at: textOption('EVENT', 'the hook event; default PostToolUse'),
    agent: MATCH_OPTIONS.agent,
    key: LIFETIME_OPTIONS.key,
    now: flagOption('wake Claude if it is idle'),
  },
  examples: [
    'fermata inform "W1 complete: data1.csv processed, 10M rows analyzed"',
    'fermata inform "60% done" --key progress',
  ],
  run: (call, message) => {
    const event = hookEventName(call.text('at') ?? 'PostToolUse');
    const agent = call.text('agent');
    const match = agent === undefined ? undefined : { agent };
    const fields = { match, key: nameOption(call, 'key'), now: call.flag('now') || undefined };
    invoke(call, { t: 'hook', event, exit: 0, message, ...fields });
    print(call);
    return reportIfAsleep(call);
  },
};

/** The reason of a block of git's commands that comes without one. */
const SWEEPS = 'What others have not committed stays theirs';

/** The reason of a budget that comes without one. */
const SPENT =
  'The budget is spent. Make no further call: end with what is done and what is left. Only the person can allow more.';

export const block: Verb = {
  name: 'block',
  summary: 'Block Claude until this is cleared, released, or no longer due',
  args: ['[REASON]'],
  usage:
    '"REASON" [--at PreToolUse] [--tool T] [--path P] [--command C] [--agent A] [--git sweep] [--budget SUM [--run R]] [--until COND] [--ttl D]',
  options: {
    at: textOption('EVENT', 'the hook event; default PreToolUse'),
    ...MATCH_OPTIONS,
    ...LIFETIME_OPTIONS,
    budget: textOption(
      'SUM',
      'only calls once so much is spent: 2M or 500k tokens, $5, 30m; with --agent by each of those, with --run by a run',
    ),
    run: textOption(
      'R',
      'with --budget: what the workers of a run spend together; its number, its rule, or one of its workers',
    ),
  },
  examples: [
    'fermata block --git sweep',
    'fermata block --budget 2M',
    `fermata block --budget 500k --agent '*'`,
    'fermata block --budget 2M --run review',
    'fermata block "W1 has already loaded data1.csv into memory" --tool Read --path data1.csv --until done',
    `fermata block "workers still processing: {workers}" --command 'git merge*' --until done:all`,
    `fermata block "The tests have not passed" --at Stop --until "proven:npm test"`,
    `fermata block "Their branches conflict" --command 'git merge*' --until mergeable:feature-a+feature-b`,
  ],
  notes: [
    'It ends with its worker, except at Stop. {workers} in the reason becomes the present state of the run’s workers.',
  ],
  run: async (call, reason?: string) => {
    const event = hookEventName(call.text('at') ?? 'PreToolUse');
    assertBlockable(event);
    const budget = call.text('budget');
    const known = call.text('git') !== undefined ? SWEEPS : budget !== undefined ? SPENT : undefined;
    const stderr = reason ?? known ?? missingOption('the reason');
    await assertProvable(call.texts('until'));
    const fields = { stderr, match: withRun(call, matchOf(call)), ...lifetimeOf(call, budget) };
    const { env, now } = call.io;
    if (call.texts('until').some((text) => isMergeCondition({ text }))) ensureGitWatch(fermataHome(env), env, now());
    return printInvoked(call, invoke(call, { t: 'hook', event, exit: 2, ...fields }));
  },
};

export const unblock: Verb = {
  name: 'unblock',
  summary: 'Clear a block of this worker, or all of them',
  args: ['[B1]'],
  usage: '[B1]',
  examples: ['fermata unblock B1', 'fermata unblock'],
  run: (call, id?: string) => {
    const log = logOf(call);
    const by = callerOf(call, log);
    const active = [...log.state.blocks.values()].filter(
      (b) => b.ended === undefined && b.worker === by && (id === undefined || b.id === id),
    );
    if (id !== undefined && active.length === 0) {
      const other = log.state.blocks.get(id);
      if (other === undefined) throw refused(`there is no block ${id}`);
      if (other.ended === undefined)
        throw refused(
          `${id} is a block of ${other.worker}; only it can clear it (a person: fermata release-block ${id})`,
        );
    }
    if (active.length > 0)
      publishAndRefresh(call, log, ...active.map((b) => ({ t: 'unblock' as const, block: b.id, by })));
    const ids = active.map((b) => b.id);
    print(call, ids.length === 0 ? 'nothing stood' : `${ids.join(', ')} cleared`, { cleared: ids });
  },
};

export const rewrite: Verb = {
  name: 'rewrite',
  summary: 'Change the input of Claude’s next matching tool call, once',
  usage: '--tool T [--path P] [--command C] [--agent A] --input JSON',
  options: {
    ...MATCH_OPTIONS,
    input: textOption('JSON', 'the fields to change, merged into the whole input'),
  },
  examples: [`fermata rewrite --tool Read --path merged.csv --input '{"file_path":"/tmp/merged-by-W3.csv"}'`],
  run: (call) => {
    const updatedInput = jsonOption(call, 'input') ?? missingOption('--input');
    if (!isRecord(updatedInput)) throw usage('--input must be an object');
    const match = matchOf(call) ?? missingOption('--tool, --path, --command or --agent');
    const json = { hookSpecificOutput: { hookEventName: 'PreToolUse', updatedInput } };
    invoke(call, { t: 'hook', event: 'PreToolUse', exit: 0, json, match });
    print(call);
  },
};

export const resolve: Verb = {
  name: 'resolve',
  summary: 'Say what was done about a block that holds the end of the turn',
  args: ['a block such as B1', 'what was done'],
  usage: 'B1 "WHAT WAS DONE"',
  examples: ['fermata resolve B2 "staging was deployed again, all checks pass"'],
  run: (call, id, text) => {
    const log = logOf(call);
    const known = log.state.blocks.get(id);
    if (known === undefined) throw refused(`there is no block ${id}`);
    if (known.event !== 'Stop')
      throw refused(`${id} does not hold the end of the turn; ${known.worker} or a person ends it`);
    if (text.trim() === '') throw usage('say what was done');
    if (known.until.some(isRevocable))
      throw refused(
        `${id} waits for a proof, and a word is none: ${describeProofs(log.state, known) ?? 'nothing is missing now'}`,
      );
    const by = callerOf(call, log);
    if (!log.readOnly) assertMayResolve(log.state, originOf(call.io, log), id);
    if (known.ended === undefined) publishAndRefresh(call, log, { t: 'resolve', block: id, by, word: text });
    print(call, `${id} is resolved`, { block: id });
  },
};
