import type { Block, PendingCondition, SessionState, Worker } from '#protocol/state.ts';
import { kindOfList, ofOne, parseCondition, type Waits } from './conditions.ts';
import { isLimit } from './limitConditions.ts';
import { mayStep } from './limits.ts';
import { isFileResource } from './resources.ts';
import { addFacts, type EventPosition } from './state.ts';

/** What waits for a condition: a block, a watch or a planned worker, these as `watch W1`, `start W2`. */
export type Waiting = Block | `${'watch' | 'start'} ${string}`;

/** What waits for which facts. */
export interface FactIndex {
  /** By each fact that would meet a condition, or make it impossible: what depends on it, mostly one. */
  dependents: Map<string, Waiting | Set<Waiting>>;
  /** The facts by which something stands in `dependents`. */
  facts: Map<Waiting, string[]>;
}

/** Notes by which facts the conditions of a dependent change, in place of those noted before. */
export function indexDependent(
  index: FactIndex,
  dependent: Waiting,
  conditions: readonly PendingCondition[],
  waits: Waits,
): void {
  const facts: string[] = [];
  for (const condition of conditions) if (!condition.met) facts.push(...factsOf(condition, waits));
  const known = index.facts.get(dependent);
  if (known !== undefined) {
    if (known.length === facts.length && known.every((fact, i) => fact === facts[i])) return;
    unindexDependent(index, dependent);
  }
  if (facts.length === 0) return;
  index.facts.set(dependent, facts);
  for (const fact of facts) addDependent(index.dependents, fact, dependent);
}

/** The same of a planned worker. Its lists are of its run, and what breaks them is one fact, so they need not be made. */
export function indexStart(index: FactIndex, { id, after }: Worker): void {
  const conditions = after.map((text) => ofOne(text, id));
  indexDependent(index, `start ${id}`, conditions, 'start');
}

function addDependent(dependents: FactIndex['dependents'], fact: string, dependent: Waiting): void {
  const known = dependents.get(fact);
  if (known === undefined) dependents.set(fact, dependent);
  else if (known instanceof Set) known.add(dependent);
  else if (known !== dependent) dependents.set(fact, new Set([known, dependent]));
}

export function unindexDependent(index: FactIndex, dependent: Waiting): void {
  const facts = index.facts.get(dependent);
  if (facts === undefined) return;
  index.facts.delete(dependent);
  for (const fact of facts) {
    const known = index.dependents.get(fact);
    if (known instanceof Set && known.size > 1) known.delete(dependent);
    else if (known === dependent || (known instanceof Set && known.has(dependent))) index.dependents.delete(fact);
  }
}

/**
 * The facts at which a condition has to be evaluated again. A block stands while its condition is impossible, so only
 * what meets it counts; a watch ends at the other facts, too; and a planned worker fails at those. Of a list of workers the
 * first that keeps the condition from being met is enough: when it no longer does, the next one takes its place.
 */
function factsOf(condition: PendingCondition, waits: Waits): string[] {
  const { text, workers } = condition;
  const { kind, name } = parseCondition(text);
  if (workers !== undefined) return factsOfList(condition, waits);
  if (kind === 'proven') return [text];
  if (isLimit(condition)) return [];
  if (kind === 'mergeable') return waits === 'start' ? [] : [kind];
  if (kind === 'free') return waits === 'start' ? [] : [freeFact(name)];
  if (kind === 'decided' && waits === 'block') return [`passed:${name}`];
  const toBreak = waits === 'block' || !['ok', 'checkpoint', 'agreed'].includes(kind) ? [] : [`not ${text}`];
  return waits === 'start' ? toBreak : [text, ...toBreak];
}

/** The facts of a condition on a list of workers; one for the failure of any, since there may be thousands of lists of hundreds. */
function factsOfList({ text, workers = [], next = 0 }: PendingCondition, waits: Waits): string[] {
  const kind = kindOfList(text);
  const first = waits === 'start' ? undefined : workers[next];
  const facts = first === undefined ? [] : [`${kind}:${first}`];
  if (kind === 'ok' && waits !== 'block') facts.push(ANY_FAILED);
  return facts;
}

const ANY_FAILED = 'not ok:all';

/** The fact that a resource has no holder; one for all files, since they overlap. */
export const freeFact = (resource: string): string => (isFileResource(resource) ? 'free:file' : `free:${resource}`);

/** Adds the facts that hold when a worker has ended, with the checkpoints that it has not reached. */
export function addEndFacts(
  state: SessionState,
  { id, state: how }: Worker,
  missed: ReadonlySet<string> | undefined,
  at: EventPosition,
): void {
  addFacts(at, `done:${id}`);
  if (how === 'done') addFacts(at, `ok:${id}`);
  else addFacts(at, `not ok:${id}`, ANY_FAILED);
  if (missed !== undefined) addMissed(state, missed, at);
}

/** The checkpoints that it can reach no more. */
function addMissed(state: SessionState, missed: ReadonlySet<string>, at: EventPosition): void {
  if (!mayStep(state, at)) return;
  state.steps += missed.size;
  for (const name of missed) addFacts(at, `not checkpoint:${name}`);
}
