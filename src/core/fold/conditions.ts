import type { PendingCondition, SessionState, Worker } from '#protocol/state.ts';
import { holdersOf } from './lockTree.ts';

/** A condition at a position of the log: met, not met yet, or no longer possible. */
export type Verdict = 'met' | 'pending' | 'impossible';

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
    if (text === 'done:all' || text === 'ok:all') return { text, workers: peers(state, worker), met: false };
    return { text, met: false };
  });
}

/** Whether `text` has the form of a condition. */
export function isCondition(text: string): boolean {
  return /^(done|ok)$|^(done|ok|checkpoint|free|decided|clear):.+/s.test(text);
}

/** The parts of a condition: `done` and `W1` of `done:W1`. A text without a colon has the kind ''. */
function parseCondition(text: string): { kind: string; name: string } {
  const colon = text.indexOf(':');
  return { kind: text.slice(0, Math.max(colon, 0)), name: text.slice(colon + 1) };
}

/** The names that a condition waits for: the frozen workers of `done:all`, else the one in its text. */
export const awaitedNames = ({ text, workers }: PendingCondition): string[] => workers ?? [parseCondition(text).name];

/** The workers whose end a condition waits for. */
export const awaitedWorkers = (condition: PendingCondition): string[] =>
  ['done', 'ok'].includes(parseCondition(condition.text).kind) ? awaitedNames(condition) : [];

function evaluateOne(state: SessionState, condition: PendingCondition): Verdict {
  const { kind, name } = parseCondition(condition.text);
  switch (kind) {
    case 'done':
    case 'ok': {
      const results = awaitedNames(condition).map((n) => evaluateEnd(state.workers.get(n), kind));
      return results.includes('impossible') ? 'impossible' : results.includes('pending') ? 'pending' : 'met';
    }
    case 'checkpoint': {
      const checkpoint = state.checkpoints.get(name);
      if (checkpoint === undefined) return 'pending';
      const missing = checkpoint.expected.filter((n) => !checkpoint.arrived.has(n));
      if (missing.length === 0) return 'met';
      return missing.some((n) => evaluateEnd(state.workers.get(n), 'done') === 'met') ? 'impossible' : 'pending';
    }
    case 'free':
      return holdersOf(state, name).length === 0 ? 'met' : 'pending';
    case 'decided':
      return state.ballots.get(name)?.decided === undefined ? 'pending' : 'met';
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

function evaluateEnd(worker: Worker | undefined, kind: 'done' | 'ok'): Verdict {
  if (!hasEnded(worker)) return 'pending';
  return kind === 'done' || worker?.state === 'done' ? 'met' : 'impossible';
}

/** The verdict on all conditions together. Latches each that is met, so call it after each event that may change one. */
export function evaluate(state: SessionState, conditions: PendingCondition[]): Verdict {
  let result: Verdict = 'met';
  for (const condition of conditions) {
    if (condition.met) continue;
    const current = evaluateOne(state, condition);
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
  ['clear', (name) => `${name} is cleared`],
]);

/** A condition as a sentence: "W1 has ended" for `done:W1`. */
export function describeCondition(condition: PendingCondition): string {
  const names = condition.workers?.length === 0 ? 'nobody' : awaitedNames(condition).join(', ');
  return SENTENCES.get(parseCondition(condition.text).kind)?.(names) ?? condition.text;
}
