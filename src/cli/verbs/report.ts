import { isWorkerId } from '#protocol/ids.ts';
import { callerOf, logOf, publishAndRefresh, workerCallerOf } from '#cli/caller.ts';
import { print } from '#cli/output.ts';
import { durationMs, jsonOption, arg, args } from '#cli/args.ts';
import { EXIT, usage } from '#cli/exit.ts';
import type { Verb } from '#cli/verb.ts';

/** Reports the progress of a worker. */
export const progress: Verb = {
  name: 'progress',
  summary: 'Tell how far this worker is',
  usage: '[60 | 60% | 3/10]',
  options: {
    eta: { type: 'string', value: 'D', help: 'time that is left' },
    message: { type: 'string', value: 'TEXT', help: 'what it is doing' },
    phase: { type: 'string', value: 'NAME', help: 'which part of the work this is' },
  },
  examples: ['fermata progress 60 --eta 30s --message "indexing"', 'fermata progress 3/10'],
  run: (call) => {
    const [amount] = args(call, '[AMOUNT]');
    const eta = call.text('eta');
    const event = {
      ...(amount !== undefined && amountOf(amount)),
      etaMs: eta === undefined ? undefined : durationMs(eta, 'eta'),
      message: call.text('message'),
      phase: call.text('phase'),
    };
    if (Object.values(event).every((value) => value === undefined))
      throw usage('a percentage, --message or --phase is needed');
    publishAndRefresh(call, logOf(call), { t: 'progress', worker: workerCallerOf(call), ...event });
    print(call, '', { ok: true });
    return EXIT.ok;
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

/** Reports that a worker's task is done. */
export const done: Verb = {
  name: 'done',
  summary: 'Say that this worker’s task is done',
  usage: '[--result TEXT]',
  options: {
    result: { type: 'string', value: 'TEXT', help: 'what came out of it' },
    out: { type: 'string', value: 'FILE', help: 'where the result is' },
    task: { type: 'string', value: 'NAME', help: 'which task' },
  },
  examples: ['fermata done --result "10M rows analysed" --out "$FERMATA_OUT/report.md"'],
  run: (call) => {
    args(call);
    const fields = { task: call.text('task'), result: call.text('result'), out: call.text('out') };
    publishAndRefresh(call, logOf(call), { t: 'done', worker: workerCallerOf(call), ...fields });
    print(call, '', { ok: true });
    return EXIT.ok;
  },
};

/** Reports an error of a worker; a critical one blocks the Conductor's Stop until it is resolved. */
export const fail: Verb = {
  name: 'fail',
  summary: 'Report an error of this worker',
  usage: '"TEXT" [--critical]',
  options: {
    critical: { type: 'boolean', help: 'Claude may not stop before it has said what it did about this' },
    data: { type: 'string', value: 'JSON', help: 'anything that belongs to it' },
  },
  examples: ['fermata fail "staging deployment failed" --critical'],
  run: (call) => {
    const message = arg(call, 'TEXT');
    const fields = { critical: call.flag('critical') || undefined, data: jsonOption(call, 'data') };
    publishAndRefresh(call, logOf(call), { t: 'error', worker: callerOf(call), message, ...fields });
    print(call, '', { ok: true });
    return EXIT.ok;
  },
};

/** Hands the work of one worker to another. */
export const handoff: Verb = {
  name: 'handoff',
  summary: 'Hand this worker’s result on to another worker',
  usage: 'W2 [--task NAME] [--data JSON]',
  options: {
    task: { type: 'string', value: 'NAME', help: 'what the other one is to do' },
    data: { type: 'string', value: 'JSON', help: 'what it needs for that' },
  },
  examples: [`fermata handoff W2 --task transform --data '{"file":"a.parquet"}'`],
  run: (call) => {
    const to = recipient(arg(call, 'a worker'));
    const fields = { task: call.text('task'), data: jsonOption(call, 'data') };
    publishAndRefresh(call, logOf(call), { t: 'handoff', worker: workerCallerOf(call), to, ...fields });
    print(call, '', { ok: true });
    return EXIT.ok;
  },
};

/** Sends a message to a worker or to the Conductor. */
export const tell: Verb = {
  name: 'tell',
  summary: 'Send a message to a worker or to the Conductor',
  usage: 'W2|conductor "TEXT"',
  options: {},
  examples: ['fermata tell conductor "the numbers are in results.json"'],
  run: (call) => {
    const [to, text] = args(call, 'a worker or "conductor"', 'a text');
    publishAndRefresh(call, logOf(call), { t: 'tell', to: recipient(to ?? ''), text: text ?? '', by: callerOf(call) });
    print(call, '', { ok: true });
    return EXIT.ok;
  },
};

function recipient(name: string): string {
  if (!isWorkerId(name)) throw usage(`"${name}" cannot be the name of a worker`);
  return name;
}
