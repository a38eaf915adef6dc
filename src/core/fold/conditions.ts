import type { PendingCondition, SessionState, Worker } from '#protocol/state.ts';
import { PROCEED, ABORT } from '#protocol/ids.ts';
import { COUNTS } from './limits.ts';
import { holdersOf } from './lockTree.ts';
import { withTask } from './state.ts';

/** A condition at a position of the log: met, not met yet, or no longer possible. */
export type Verdict = 'met' | 'pending' | 'impossible';

/**
 * What waits: a block opens its gate when its conditions are met, so a ballot that decided `abort` does not meet
 * `decided:` there. Anything else only waits for a decision, whichever it is.
 */
export type Waits = 'block' | 'other';

/** Whether a worker has ended, in whatever way. A planned worker has not. */
export const hasEnded = (worker: Worker | undefined): boolean =>
  worker !== undefined && ['done', 'failed', 'aborted', 'lost'].includes(worker.state);

/**
 * The workers that `done:all` and checkpoints wait for: the others of the worker's run or, without a run, all others at
 * work. A session that joined is left out: it is a person's terminal, whose end cannot be foreseen.
 */
export function peers(state: SessionState, worker: string | undefined): string[] {
  const run = worker === undefined ? undefined : state.workers.get(worker)?.run;
  return [...state.workers.values()]
    .filter((w) => w.id !== worker && (run === undefined ? !hasEnded(w) && w.session === undefined : w.run === run))
    .map((w) => w.id);
}

/** Freezes conditions at their event: bare `done` and `ok` mean `worker` itself, `done:all` its present `peers`. */
export function pendingConditions(
  state: SessionState,
  texts: string | string[] | undefined,
  worker?: string,
): PendingCondition[] {
  if (texts === undefined) return [];
  return (Array.isArray(texts) ? texts : [texts]).map((text) => {
    if ((text === 'done' || text === 'ok') && worker !== undefined) return { text: `${text}:${worker}`, met: false };
    if (isOfAll(text)) return { text, workers: peers(state, worker), met: false };
    return { text, met: false };
  });
}

/**
 * The same for what the state keeps. The workers of its lists are bounded, all together: where there are too many, a list
 * is left out, and its condition is impossible.
 */
export function keptConditions(
  state: SessionState,
  texts: string | string[] | undefined,
  worker: string,
): PendingCondition[] {
  if (state.awaitedCount < COUNTS.awaited || texts === undefined) {
    const conditions = pendingConditions(state, texts, worker);
    for (const { workers } of conditions) state.awaitedCount += workers?.length ?? 0;
    return conditions;
  }
  return [texts].flat().map((text) => {
    if (isOfAll(text)) return { text, met: false };
    return pendingConditions(state, text, worker)[0] ?? { text, met: false };
  });
}

const isOfAll = (text: string): boolean => text === 'done:all' || text === 'ok:all';

/** Whether `text` has the form of a condition. */
export function isCondition(text: string): boolean {
  return /^(done|ok)$|^(done|ok|checkpoint|free|decided|agreed|clear):.+/s.test(text);
}

/** The parts of a condition: `done` and `W1` of `done:W1`. A text without a colon has the kind ''. */
export function parseCondition(text: string): { kind: string; name: string } {
  const colon = text.indexOf(':');
  return { kind: text.slice(0, Math.max(colon, 0)), name: text.slice(colon + 1) };
}

/** The names that a condition waits for: the frozen workers of `done:all`, else the one in its text. */
export const awaitedNames = ({ text, workers }: PendingCondition): string[] => workers ?? [parseCondition(text).name];

/** The workers whose end a condition waits for. */
export const awaitedWorkers = (condition: PendingCondition): string[] =>
  ['done', 'ok'].includes(parseCondition(condition.text).kind) ? awaitedNames(condition) : [];

/** The verdict on one condition at present, whether or not it was met before. */
export function evaluateOne(state: SessionState, condition: PendingCondition, waits: Waits): Verdict {
  const { kind, name } = parseCondition(condition.text);
  switch (kind) {
    case 'done':
    case 'ok': {
      if (isUnfollowed(condition)) return 'impossible';
      let result: Verdict = 'met';
      for (const awaited of awaitedNames(condition)) {
        const current = evaluateEnd(state.workers.get(awaited), kind);
        if (current === 'impossible') return 'impossible';
        if (current === 'pending') result = 'pending';
      }
      return result;
    }
    case 'checkpoint': {
      const missing = missingAt(state, name);
      if (missing === undefined) return 'pending';
      if (missing.length === 0) return 'met';
      return missing.some((n) => hasEnded(state.workers.get(n))) ? 'impossible' : 'pending';
    }
    case 'free':
      return holdersOf(state, name).length === 0 ? 'met' : 'pending';
    case 'decided':
    case 'agreed': {
      const decision = state.ballots.get(name)?.decided?.decision;
      if (decision === undefined) return 'pending';
      if (kind === 'agreed') return decision === PROCEED ? 'met' : 'impossible';
      return decision === ABORT && waits === 'block' ? 'impossible' : 'met';
    }
    case 'clear': {
      const block = state.blocks.get(name);
      // a block that is no longer kept ended long ago
      if (block === undefined) return Number(name.slice(1)) <= state.blockCount ? 'met' : 'impossible';
      return block.ended === undefined ? 'pending' : 'met';
    }
    default:
      return 'impossible';
  }
}

/** Whether the list of workers of a condition was left out. */
const isUnfollowed = ({ text, workers }: PendingCondition): boolean => workers === undefined && isOfAll(text);

/** The workers that have not reached a checkpoint; undefined for one that no worker has reached. */
function missingAt(state: SessionState, name: string): string[] | undefined {
  const checkpoint = state.checkpoints.get(name);
  return checkpoint?.expected.filter((n) => !checkpoint.arrived.has(n));
}

function evaluateEnd(worker: Worker | undefined, kind: 'done' | 'ok'): Verdict {
  if (!hasEnded(worker)) return 'pending';
  return kind === 'done' || worker?.state === 'done' ? 'met' : 'impossible';
}

/** The verdict on all conditions together. Latches each that is met, so call it after each event that may change one. */
export function evaluate(state: SessionState, conditions: PendingCondition[], waits: Waits = 'other'): Verdict {
  let result: Verdict = 'met';
  for (const condition of conditions) {
    if (condition.met) continue;
    const current = evaluateOne(state, condition, waits);
    if (current === 'met') condition.met = true;
    else if (current === 'impossible') result = 'impossible';
    else if (result !== 'impossible') result = 'pending';
  }
  return result;
}

/** The conditions not met yet as a sentence: "W1 has ended and db is free"; empty if all are met. */
export const describePending = (conditions: readonly PendingCondition[], describe = describeCondition): string =>
  conditions
    .filter(({ met }) => !met)
    .map(describe)
    .join(' and ');

const SENTENCES = new Map<string, (names: string) => string>([
  ['done', (names) => `${names} has ended`],
  ['ok', (names) => `${names} has ended well`],
  ['checkpoint', (name) => `all have reached ${name}`],
  ['free', (name) => `${name} is free`],
  ['decided', (name) => `${name} is decided`],
  ['agreed', (name) => `${name} is agreed to`],
  ['clear', (name) => `${name} is cleared`],
]);

/** A condition as a sentence: "W1 has ended" for `done:W1`. */
export function describeCondition(condition: PendingCondition): string {
  const names = condition.workers?.length === 0 ? 'nobody' : awaitedNames(condition).join(', ');
  return SENTENCES.get(parseCondition(condition.text).kind)?.(names) ?? condition.text;
}

/** Why a condition can no longer be met, since when (epoch ms, if known), and what would make it possible again. */
export interface StuckReason {
  why: string;
  ts?: number;
  remedy?: string;
}

/** What keeps a condition from ever being met; undefined while it can be. */
export function whyImpossible(state: SessionState, condition: PendingCondition, waits: Waits): StuckReason | undefined {
  if (condition.met || evaluateOne(state, condition, waits) !== 'impossible') return undefined;
  const { kind, name } = parseCondition(condition.text);
  switch (kind) {
    case 'done':
      return { why: `it waits for more workers than are followed (${COUNTS.awaited})` };
    case 'ok': {
      if (isUnfollowed(condition)) return { why: `it waits for more workers than are followed (${COUNTS.awaited})` };
      const worker = awaitedNames(condition)
        .map((awaited) => state.workers.get(awaited))
        .find((w) => evaluateEnd(w, 'ok') === 'impossible');
      return worker && unsuccessful(worker);
    }
    case 'checkpoint': {
      const worker = (missingAt(state, name) ?? []).map((n) => state.workers.get(n)).find(hasEnded);
      if (worker === undefined) return undefined;
      const why = `${withTask(worker.id, worker.task)} ended without reaching ${name}`;
      return reason(why, worker.endedTs, `${worker.id} is started again and reaches it`);
    }
    case 'decided':
    case 'agreed': {
      const decided = state.ballots.get(name)?.decided;
      if (decided === undefined) return undefined;
      const why = `the vote on ${name} decided ${decided.decision} (${decided.why})`;
      return reason(why, decided.ts, `a new ballot ${name} is opened and decides otherwise`);
    }
    case 'clear':
      return { why: `there never was a block ${name}` };
    default:
      return { why: `"${condition.text}" is no condition` };
  }
}

const reason = (why: string, ts: number | undefined, remedy: string): StuckReason =>
  ts === undefined ? { why, remedy } : { why, ts, remedy };

/** How a worker ended that did not end well: "W1 (Run the tests) failed: killed by SIGKILL". */
export function unsuccessful(worker: Worker): StuckReason {
  const { id, task, state, problem, endedTs } = worker;
  const ended = state === 'failed' ? 'failed' : `was ${state}`;
  // the problem of an aborted worker is "aborted by …" already
  const detail = problem?.startsWith(`${state} `) ? problem.slice(state.length) : problem && `: ${problem}`;
  const why = `${withTask(id, task)} ${ended}${detail ?? ''}`;
  return reason(why, endedTs, `${id} is started again and ends well`);
}
