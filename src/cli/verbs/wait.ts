import { describePending, evaluate, pendingConditions } from '#core/fold/conditions.ts';
import { awaitedProofs, provableOf } from '#core/fold/provable.ts';
import { isMergeCondition } from '#core/fold/mergeCondition.ts';
import { whyImpossible } from '#core/fold/impossible.ts';
import type { PendingCondition, SessionState } from '#protocol/state.ts';
import { fermataHome } from '#core/base/paths.ts';
import { staleMerges } from '#core/policy/staleMerges.ts';
import { describeMerge } from '#core/projection/describe.ts';
import { ensureGitWatch } from '#core/workers/gitWatchProcess.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { publishedCondition } from '#core/session/publishedPath.ts';
import { assertDecides } from '#cli/arrival.ts';
import { callerOf, logOf, pathContextOf, publishAndRefresh, waitingLogOf } from '#cli/caller.ts';
import { originOf } from '#cli/origin.ts';
import { assertMayPublish } from '#cli/permission.ts';
import { print } from '#cli/output.ts';
import { refused, usage } from '#cli/exit.ts';
import { assertProvable, conditionsOf } from '#cli/hookEvent.ts';
import { textOption, type Call, type Verb } from '#cli/verb.ts';
import { waitTimeout, waitUntil } from '#cli/waiting.ts';
import { checkedName, jsonOption } from '#cli/args.ts';

/** Waits until the conditions hold. Returns whether they do; false if they can never hold any more. */
async function waitForAll(call: Call, log: SessionLog, conditions: PendingCondition[]): Promise<boolean> {
  const merges = conditions.filter(isMergeCondition).map(({ text }) => text);
  const outcome = (state: SessionState): 'met' | 'impossible' | undefined => {
    // a commit a moment ago is not looked at yet
    if (merges.length > 0 && staleMerges(state, merges).length > 0) return undefined;
    const now = evaluate(state, conditions);
    return now === 'pending' ? undefined : now;
  };
  const { env, now } = call.io;
  if (merges.length > 0) ensureGitWatch(fermataHome(env), env, now());
  const described = (): string =>
    [describePending(conditions), ...merges.map((text) => describeMerge(log.state, text))].join('; ');
  return (await waitUntil(call, log, described, outcome, waitTimeout(call))) === 'met';
}

export const wait: Verb = {
  name: 'wait',
  summary: 'Wait until conditions hold, all of them',
  args: 'any',
  usage: 'COND … [--timeout D]',
  options: { timeout: textOption('D', 'how long; default 100 s inside Claude, else without end') },
  examples: ['fermata wait done:W1 free:db', 'fermata wait done:all --timeout 5m', 'fermata wait clear:B1'],
  notes: [
    'Conditions: done:W1 (has ended), ok:W1 (has ended well), done:all, ok:all, checkpoint:NAME (all have reached it),',
    'free:RESOURCE, decided:BALLOT (either way), agreed:BALLOT (to proceed), clear:B1 (the block has ended), proven:COMMAND',
    '(it was seen to end with 0 after the last edit; a block has to wait for it, too), mergeable:A+B (two branches, or worktrees',
    'by their agents, would merge without a conflict). One that held once counts, even if it no longer does.',
    'Exit code 1, at once: it is stuck, which means that it can never hold as things are; the message says why, and what',
    'would help. 4: still waiting, call again.',
  ],
  run: async (call, ...texts) => {
    if (texts.length === 0) throw usage('a condition is missing');
    const log = waitingLogOf(call);
    assertDecides(log);
    const context = pathContextOf(call, log);
    await assertProvable(texts);
    const published = conditionsOf(texts).map((text) => publishedCondition(text, context));
    assertLookedOutFor(log.state, published);
    const conditions = pendingConditions(log.state, published, callerOf(call, log));
    if (!(await waitForAll(call, log, conditions))) throw refused(describeImpossible(log.state, conditions));
    print(call, texts.map((c) => `${c} holds`).join('\n'), { conditions: texts });
  },
};

/** Hooks look out for the commands of conditions that stand in the log, and a wait does not. */
function assertLookedOutFor(state: SessionState, texts: readonly string[]): void {
  const unknown = texts.find((text) => provableOf(text) !== undefined && !awaitedProofs(state).has(text));
  if (unknown !== undefined)
    throw refused(
      `nothing in this session waits for ${unknown}, so that nobody looks out for that command: block something until it holds first`,
    );
}

/** Why the wait is over without success: "it can never hold any more that W1 has ended well: W1 failed: exit code 1". */
function describeImpossible(state: SessionState, conditions: readonly PendingCondition[]): string {
  const reasons = conditions.flatMap((condition) => whyImpossible(state, condition, 'watch') ?? []);
  const causes = reasons.map(({ why }) => why).join('; ');
  const remedies = reasons.flatMap(({ remedy }) => remedy ?? []);
  const help = remedies.length === 0 ? '' : `. It could again if ${remedies.join(' and ')}`;
  return `it can never hold any more that ${describePending(conditions)}: ${causes}${help}`;
}

export const checkpoint: Verb = {
  name: 'checkpoint',
  summary: 'Say that this worker has reached a checkpoint, and wait for the others there',
  args: ['NAME'],
  usage: 'NAME [--data JSON] [--wait all] [--timeout D]',
  options: {
    data: textOption('JSON', 'anything that belongs to it'),
    wait: {
      type: 'optional',
      value: 'all',
      help: 'return when all workers of the run have reached it',
      fits: (token) => token === 'all',
    },
    timeout: textOption('D', 'how long to wait'),
  },
  examples: [
    'fermata checkpoint merge-ready --wait all',
    'fermata checkpoint merge-ready --json   # {"last":true} for the last to arrive',
  ],
  run: async (call, arg) => {
    const name = checkedName(arg, 'NAME');
    const log = logOf(call);
    const worker = callerOf(call, log);
    const event = { t: 'checkpoint', worker, name, data: jsonOption(call, 'data') } as const;
    if (!log.readOnly) assertMayPublish(log.state, originOf(call.io, log), event);
    publishAndRefresh(call, log, event);
    if (call.text('wait') !== undefined) {
      if (!(await waitForAll(call, log, [{ text: `checkpoint:${name}`, met: false }])))
        throw refused(`${missingAt(log.state, name).join(', ')} ended without reaching ${name}`);
    }
    const missing = missingAt(log.state, name);
    const arrived = [...(log.state.checkpoints.get(name)?.arrived.keys() ?? [])];
    const last = missing.length === 0 && arrived.at(-1) === worker;
    const text =
      missing.length === 0
        ? `all have reached ${name}${last ? '; this one was the last' : ''}`
        : `still missing at ${name}: ${missing.join(', ')}`;
    print(call, text, { checkpoint: name, last, arrived, missing });
  },
};

function missingAt(state: SessionState, name: string): string[] {
  const known = state.checkpoints.get(name);
  return known === undefined ? [] : known.expected.filter((w) => !known.arrived.has(w));
}
