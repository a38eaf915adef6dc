import type { PendingCondition, SessionState, Worker } from '#protocol/state.ts';
import { PROCEED, ABORT } from '#protocol/ids.ts';
import { isOpenEnded } from './kinds.ts';
import { COUNTS, mayStep, STEPS_OF_EVALUATION, stepsOfNames } from './limits.ts';
import { describeLimit, isLimit, limitOf } from './limitConditions.ts';
import { isHeld } from './lockTree.ts';
import { mergeReceipt } from './mergePairs.ts';
import { isProvable, isProven, isRevocable, provableOf } from './provable.ts';

/** A condition at a position of the log: met, not met yet, or no longer possible. */
export type Verdict = 'met' | 'pending' | 'impossible';

/**
 * What waits: a block opens its gate when its conditions are met, so a ballot that decided `abort` does not meet
 * `decided:` there. Anything else only waits for a decision, whichever it is. A planned worker is started by who asks whether
 * it may; the fold only fails it when it no longer can.
 */
export type Waits = 'block' | 'watch' | 'start';

/** Whether a worker has ended, in whatever way. A planned worker has not. */
export function hasEnded(worker: Worker | undefined): boolean {
  const state = worker?.state;
  return state === 'done' || state === 'failed' || state === 'aborted' || state === 'lost';
}

/**
 * The workers that `done:all` and checkpoints wait for: the others of the worker's run or, without a run, all others at
 * work. Left out is what ends when a person or Claude wants it: a session that joined, a teammate, a background shell.
 */
export function peers(state: SessionState, worker: string | undefined): string[] {
  const run = worker === undefined ? undefined : state.workers.get(worker)?.run;
  const ids: string[] = [];
  if (run !== undefined) {
    for (const id of new Set(state.runs.get(run)?.workers))
      if (id !== worker && state.workers.get(id)?.run === run) ids.push(id);
  } else
    for (const each of state.workers.values())
      if (each.id !== worker && !hasEnded(each) && !isOpenEnded(each)) ids.push(each.id);
  return ids;
}

/** How many workers are looked at for `peers`. */
function stepsOfPeers(state: SessionState, worker: string): number {
  const run = state.workers.get(worker)?.run;
  return run === undefined ? state.workers.size : (state.runs.get(run)?.workers.length ?? 0);
}

/** Freezes conditions at their event: bare `done` and `ok` mean `worker` itself, `done:all` its present `peers`. */
export function pendingConditions(
  state: SessionState,
  texts: string | string[] | undefined,
  worker?: string,
): PendingCondition[] {
  if (texts === undefined) return [];
  return (Array.isArray(texts) ? texts : [texts]).map((text) =>
    isOfAll(text) && !isOfLargeRun(state, worker)
      ? { text, workers: peers(state, worker), met: false }
      : ofOne(text, worker),
  );
}

/** A condition that is not on a list of workers. */
export const ofOne = (text: string, worker: string | undefined): PendingCondition => ({
  text: (text === 'done' || text === 'ok') && worker !== undefined ? `${text}:${worker}` : text,
  met: false,
});

/** Whether a planned worker has too many others to wait for all of them: each of them may do so. */
function isOfLargeRun(state: SessionState, id: string | undefined): boolean {
  const worker = id === undefined ? undefined : state.workers.get(id);
  if (worker?.state !== 'planned') return false;
  return (state.runs.get(worker.run ?? '')?.workers.length ?? 0) > COUNTS.peersOfPlanned;
}

/**
 * The same for what the state keeps. What is awaited is bounded, all together: where there is too much, a list is left out,
 * and its condition is impossible.
 */
export function keptConditions(
  state: SessionState,
  texts: string | string[] | undefined,
  worker: string,
  at: { pos: number },
): PendingCondition[] {
  if (texts === undefined) return [];
  const list = Array.isArray(texts) ? texts : [texts];
  if (list.length > 1 && state.awaitedCount + list.length > COUNTS.awaited) return [{ text: 'done:all', met: false }];
  state.awaitedCount += furtherConditions(list);
  return list.map((text) => {
    if (!isOfAll(text)) return ofOne(text, worker);
    if (state.awaitedCount >= COUNTS.awaited || !mayStep(state, at)) return { text, met: false };
    state.steps += stepsOfPeers(state, worker);
    const workers = peers(state, worker);
    state.awaitedCount += workers.length;
    return { text, workers, met: false };
  });
}

/** How many conditions stand beside the first one, which goes with its block or watch. */
const furtherConditions = ({ length }: readonly unknown[]): number => Math.max(length - 1, 0);

/** The steps of evaluating some conditions, each with all workers of its list. */
export const stepsOf = (conditions: readonly PendingCondition[]): number =>
  conditions.reduce((steps, { workers = [] }) => steps + STEPS_OF_EVALUATION + stepsOfNames(workers.length), 0);

/** Conditions that are no longer kept make room for those of others. */
export function forgetConditions(state: SessionState, conditions: readonly PendingCondition[]): void {
  state.awaitedCount -= furtherConditions(conditions);
  for (const { workers } of conditions) state.awaitedCount -= workers?.length ?? 0;
}

/** What a condition on a list of workers asks of each. */
export const kindOfList = (text: string): 'done' | 'ok' => (text === 'ok:all' ? 'ok' : 'done');

const isOfAll = (text: string): boolean => text === 'done:all' || text === 'ok:all';

/** Whether a block may wait for `text`: a condition, or a limit. */
export const isBlockCondition = (text: string): boolean => isCondition(text) || isLimit({ text });

/** Whether `text` has the form of a condition that events meet. */
export function isCondition(text: string): boolean {
  if (isProvable({ text })) return true;
  return /^(done|ok)$|^(done|ok|checkpoint|free|decided|agreed|clear|mergeable):.+/s.test(text);
}

/**
 * The parts of a condition: `done` and `W1` of `done:W1`, `proven` and the command of `proven(src/**):npm test`. A text without a
 * colon has the kind ''.
 */
export function parseCondition(text: string): { kind: string; name: string } {
  const provable = provableOf(text);
  if (provable !== undefined) return { kind: 'proven', name: provable.command };
  const colon = text.indexOf(':');
  return { kind: text.slice(0, Math.max(colon, 0)), name: text.slice(colon + 1) };
}

/** The names that a condition waits for: the frozen workers of `done:all`, else the one in its text. */
export const awaitedNames = ({ text, workers }: PendingCondition): string[] => workers ?? [parseCondition(text).name];

/** The workers whose end a condition waits for. */
export const awaitedWorkers = (condition: PendingCondition): string[] =>
  ['done', 'ok'].includes(parseCondition(condition.text).kind) ? awaitedNames(condition) : [];

/** The verdict on one condition at present, whether or not it was met before. */
export const evaluateOne = (state: SessionState, condition: PendingCondition, waits: Waits): Verdict =>
  isMet(state, condition, waits) ? 'met' : isImpossible(state, condition, waits) ? 'impossible' : 'pending';

/** Whether a condition is met at present. It costs no more than its list of workers, up to the first that has not ended. */
function isMet(state: SessionState, condition: PendingCondition, waits: Waits): boolean {
  const { kind, name } = parseCondition(condition.text);
  switch (kind) {
    case 'done':
    case 'ok':
      return condition.workers === undefined
        ? !isOfAll(condition.text) && hasEndedAs(state, kind, name)
        : firstAwaited(state, kind, condition.workers) === undefined;
    case 'checkpoint':
      return state.checkpoints.get(name)?.missing === 0;
    case 'free':
      return !isHeld(state, name);
    case 'decided':
    case 'agreed': {
      const decision = state.ballots.get(name)?.decided?.decision;
      if (kind === 'agreed') return decision === PROCEED;
      return decision !== undefined && (decision !== ABORT || waits !== 'block');
    }
    case 'clear': {
      const block = state.blocks.get(name);
      // a block that is no longer kept ended long ago
      return block === undefined ? hasBeen(state, name) : block.ended !== undefined;
    }
    case 'proven':
      return isProven(state, condition.text);
    case 'mergeable':
      return mergeReceipt(state, condition.text) !== undefined;
    default:
      return false;
  }
}

/** Whether a condition that is not met can never be. */
function isImpossible(state: SessionState, condition: PendingCondition, waits: Waits): boolean {
  const { kind, name } = parseCondition(condition.text);
  switch (kind) {
    case 'done':
      return isUnfollowed(condition);
    case 'ok':
      return isUnfollowed(condition) || awaitedNames(condition).some((n) => hasFailed(state.workers.get(n)));
    case 'checkpoint':
      return missingAt(state, name).some((n) => hasEnded(state.workers.get(n)));
    case 'free':
    case 'proven':
    case 'mergeable':
      return false;
    case 'decided':
    case 'agreed':
      return state.ballots.get(name)?.decided !== undefined && (kind === 'agreed' || waits === 'block');
    case 'clear':
      return !state.blocks.has(name) && !hasBeen(state, name);
    default:
      return waits !== 'block' || !isLimit(condition);
  }
}

/** Whether there was a block of that id. */
const hasBeen = (state: SessionState, id: string): boolean => Number(id.slice(1)) <= state.blockCount;

/** Whether the list of workers of a condition was left out. */
export const isUnfollowed = ({ text, workers }: PendingCondition): boolean => workers === undefined && isOfAll(text);

/** The workers that have not reached a checkpoint; none for one that no worker has reached. */
export function missingAt(state: SessionState, name: string): string[] {
  const checkpoint = state.checkpoints.get(name);
  return checkpoint?.expected.filter((n) => !checkpoint.arrived.has(n)) ?? [];
}

export const hasFailed = (worker: Worker | undefined): boolean => hasEnded(worker) && worker?.state !== 'done';

function hasEndedAs(state: SessionState, kind: 'done' | 'ok', id: string): boolean {
  const worker = state.workers.get(id);
  return kind === 'ok' ? worker?.state === 'done' : hasEnded(worker);
}

/** The first worker of a list that keeps it from being met. */
const firstAwaited = (state: SessionState, kind: 'done' | 'ok', workers: readonly string[]): string | undefined =>
  workers.find((id) => !hasEndedAs(state, kind, id));

/** The verdict on all conditions together. Latches each that is met, so call it after each event that may change one. */
export function evaluate(state: SessionState, conditions: PendingCondition[]): Verdict {
  let result: Verdict = 'met';
  for (const condition of conditions) {
    if (condition.met) continue;
    const current = evaluateOne(state, condition, 'watch');
    if (current === 'met') condition.met = true;
    else if (current === 'impossible') result = 'impossible';
    else if (result !== 'impossible') result = 'pending';
  }
  return result;
}

/** Latches the conditions of a block that are met, and returns whether all are: whether another one ever can be does not matter. */
export function latchMet(state: SessionState, conditions: readonly PendingCondition[]): boolean {
  let all = true;
  for (const condition of conditions) {
    if (condition.met) continue;
    // an edit takes back what was proven, and a commit what would merge
    if (isRevocable(condition)) {
      if (!isMet(state, condition, 'block')) all = false;
      continue;
    }
    condition.met = condition.workers === undefined ? isMet(state, condition, 'block') : isListMet(state, condition);
    if (!condition.met) all = false;
  }
  return all;
}

/**
 * The same of a condition on a list of workers. It goes on where it ended the last time, so that a list is gone through about
 * once while its workers end; what it looks at is counted.
 */
export function isListMet(state: SessionState, condition: PendingCondition): boolean {
  const { text, workers = [], next = 0 } = condition;
  const kind = kindOfList(text);
  for (let looked = 0; looked < workers.length; looked++) {
    const place = (next + looked) % workers.length;
    if (hasEndedAs(state, kind, workers[place] ?? '')) continue;
    condition.next = place;
    state.steps += stepsOfNames(looked);
    return false;
  }
  state.steps += stepsOfNames(workers.length);
  return true;
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
  ['mergeable', (name) => `${name.split('+').join(' and ')} would merge without a conflict`],
  ['proven', (name) => `\`${name}\` is seen to end with 0 after the last edit`],
]);

/** A condition as a sentence: "W1 has ended" for `done:W1`. */
export function describeCondition(condition: PendingCondition): string {
  const limit = limitOf(condition.text);
  if (limit !== undefined) return describeLimit(limit);
  const names = condition.workers?.length === 0 ? 'nobody' : awaitedNames(condition).join(', ');
  return SENTENCES.get(parseCondition(condition.text).kind)?.(names) ?? condition.text;
}
