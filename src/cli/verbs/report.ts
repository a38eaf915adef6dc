import { CONDUCTOR, isWorkerId, USER } from '#protocol/ids.ts';
import { MAX_NAMED_BLOCKS } from '#core/policy/activeBlocks.ts';
import { heldDone } from '#core/policy/heldDone.ts';
import { describeProofs } from '#core/projection/describe.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { Block } from '#protocol/state.ts';
import { callerOf, logOf, publishAndRefresh, reporterOf, workerCallerOf } from '#cli/caller.ts';
import { print } from '#cli/output.ts';
import { durationOption, jsonOption } from '#cli/args.ts';
import { refused, usage } from '#cli/exit.ts';
import { flagOption, textOption, type Verb } from '#cli/verb.ts';
import { workerCalled } from '#cli/workerCalled.ts';

export const progress: Verb = {
  name: 'progress',
  summary: 'Tell how far this worker is',
  args: ['[AMOUNT]'],
  usage: '[60 | 60% | 3/10]',
  options: {
    eta: textOption('D', 'time that is left'),
    message: textOption('TEXT', 'what it is doing'),
    phase: textOption('NAME', 'which part of the work this is'),
  },
  examples: ['fermata progress 60 --eta 30s --message "indexing"', 'fermata progress 3/10'],
  run: (call, amount?: string) => {
    const event = {
      ...(amount !== undefined && amountOf(amount)),
      etaMs: durationOption(call, 'eta'),
      message: call.text('message'),
      phase: call.text('phase'),
    };
    if (Object.values(event).every((value) => value === undefined))
      throw usage('a percentage, --message or --phase is needed');
    const log = logOf(call);
    publishAndRefresh(call, log, { t: 'progress', worker: workerCallerOf(call, log, reporterOf), ...event });
    print(call);
  },
};

function amountOf(text: string): { pct: number } | { done: number; total: number } {
  const share = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(text);
  if (share !== null) return { done: Number(share[1]), total: Number(share[2]) };
  const pct = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (!(pct >= 0 && pct <= 100))
    throw usage(`"${text}" is neither a percentage from 0 to 100 nor a share such as 3/10`);
  return { pct };
}

export const done: Verb = {
  name: 'done',
  summary: 'Say that this worker’s task is done',
  usage: '[--result TEXT]',
  options: {
    result: textOption('TEXT', 'what came out of it'),
    out: textOption('FILE', 'where the result is'),
    task: textOption('NAME', 'which task'),
  },
  examples: ['fermata done --result "10M rows analysed" --out "$FERMATA_OUT/report.md"'],
  notes: [
    'Exit code 1, and nothing is reported: a block of completed tasks waits for a proof (--at TaskCompleted --until "proven:npm test",',
    'or Hold Done Until Tests Pass…) that is missing; the message names it.',
  ],
  run: (call) => {
    const fields = { task: call.text('task'), result: call.text('result'), out: call.text('out') };
    const log = logOf(call);
    const worker = workerCallerOf(call, log);
    const held = heldDone(log.state, worker, call.io.now());
    if (held.length > 0) {
      const [message, next] = heldText(log, held);
      publishAndRefresh(call, log, { t: 'log', level: 'warn', message, worker });
      throw refused(`${message}${next}`);
    }
    publishAndRefresh(call, log, { t: 'done', worker, ...fields });
    print(call);
  },
};

/** What holds, and what to do next. */
function heldText({ state }: SessionLog, held: readonly Block[]): [string, string] {
  const reasons = held.slice(0, MAX_NAMED_BLOCKS).map((block) => {
    const missing = describeProofs(state, block);
    return missing === undefined ? block.text : `${block.text} (${missing})`;
  });
  const next =
    'It counts where Claude runs that command in a call, or a worker of which it is the whole command. Call "fermata done" again then; the person can release it in the panel.';
  return [`"fermata done" is held. ${reasons.join('. ')}`, `. ${next}`];
}

/** Reports an error of a worker; a critical one blocks Claude's Stop until it is resolved. */
export const fail: Verb = {
  name: 'fail',
  summary: 'Report an error of this worker',
  args: ['TEXT'],
  usage: '"TEXT" [--critical]',
  options: {
    critical: flagOption('Claude may not stop before it has said what it did about this'),
    data: textOption('JSON', 'anything that belongs to it'),
  },
  examples: ['fermata fail "staging deployment failed" --critical'],
  run: (call, message) => {
    const fields = { critical: call.flag('critical') || undefined, data: jsonOption(call, 'data') };
    const log = logOf(call);
    publishAndRefresh(call, log, { t: 'error', worker: callerOf(call, log), message, ...fields });
    print(call);
  },
};

export const handoff: Verb = {
  name: 'handoff',
  summary: 'Hand this worker’s result on to another worker',
  args: ['a worker'],
  usage: 'W2 [--task NAME] [--data JSON]',
  options: {
    task: textOption('NAME', 'what the other one is to do'),
    data: textOption('JSON', 'what it needs for that'),
  },
  examples: [`fermata handoff W2 --task transform --data '{"file":"a.parquet"}'`],
  run: (call, name) => {
    const fields = { task: call.text('task'), data: jsonOption(call, 'data') };
    const log = logOf(call);
    const to = recipient(log, name);
    publishAndRefresh(call, log, { t: 'handoff', worker: workerCallerOf(call, log), to, ...fields });
    print(call);
  },
};

export const tell: Verb = {
  name: 'tell',
  summary: 'Send a message to a worker or to Claude',
  args: ['a worker or "conductor"', 'a text'],
  usage: 'W2|conductor "TEXT"',
  examples: [
    'fermata tell conductor "the numbers are in results.json"',
    'fermata tell "review the parser" "leave the tests alone"',
  ],
  notes: ['A worker or an agent is meant by its id, its task or its name, as "fermata status" shows them.'],
  run: (call, name, text) => {
    const log = logOf(call);
    const to = recipient(log, name);
    publishAndRefresh(call, log, { t: 'tell', to, text, by: callerOf(call, log) });
    print(call);
  },
};

/** The id of a recipient; that of a worker may come later. */
function recipient({ state }: SessionLog, name: string): string {
  if (name === CONDUCTOR || name === USER) return name;
  const known = workerCalled(state, name);
  if (known !== undefined) return known.id;
  if (!isWorkerId(name)) throw usage(`there is no worker or agent "${name}"; "fermata status" lists them`);
  return name;
}
