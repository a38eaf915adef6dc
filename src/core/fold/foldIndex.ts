import type { Acquire, Ballot, Block, Lock, Note, PendingCondition, SessionState, Worker } from '#protocol/state.ts';
import { evaluateOne, parseCondition, pendingConditions, type Waits } from './conditions.ts';
import { isFileResource } from './resources.ts';

/**
 * What waits for a condition: a block, a watch or a planned worker, as `block B1`, `watch W1`, `start W2`.
 */
type Dependent = `${'block' | 'watch' | 'start'} ${string}`;

/**
 * What the fold looks up by name, so that a line costs no more because much else stands. It follows from the state
 * alone: made for a state that has none, then kept current by the fold, and in no snapshot.
 */
export interface FoldIndex {
  /** By each fact that would meet a condition, or make it impossible: what depends on it. See `factsOf`. */
  dependents: Map<string, Set<Dependent>>;
  /** The facts by which a dependent stands in `dependents`. */
  facts: Map<Dependent, string[]>;
  /** The active blocks, and the same by worker. */
  active: Set<Block>;
  blocksOf: Map<string, Set<Block>>;
  /** Active blocks by what another event names them by: a key, a lock's token, a rule's guard. */
  blockByName: Map<string, Block>;
  /** Blocks that hold a call, and by agent those that have refused the end of its turn. */
  holding: Set<Block>;
  refusing: Map<string, Set<Block>>;
  /** Blocks whose time is not known yet. */
  untimed: Set<Block>;
  /** Checkpoints that a worker is expected at and has not reached, and undecided ballots of which it is a voter. */
  checkpointsOf: Map<string, Set<string>>;
  ballotsOf: Map<string, Set<string>>;
  /** Workers by their task. */
  workersByTask: Map<string, Set<string>>;
  /** Notes that are not delivered yet, by the worker that they are from, oldest first. */
  notesOf: Map<string, Set<Note>>;
  /** The locks that a worker holds or waits for, and those with a request of an id. */
  locksOf: Map<string, Set<Lock>>;
  locksByRequest: Map<string, Set<Lock>>;
}

const indexes = new WeakMap<SessionState, FoldIndex>();

/** The index of a state. */
export function indexOf(state: SessionState): FoldIndex {
  let index = indexes.get(state);
  if (index === undefined) indexes.set(state, (index = makeIndex(state)));
  return index;
}

function makeIndex(state: SessionState): FoldIndex {
  const index: FoldIndex = {
    dependents: new Map(),
    facts: new Map(),
    blocksOf: new Map(),
    blockByName: new Map(),
    holding: new Set(),
    refusing: new Map(),
    active: new Set(),
    untimed: new Set(),
    checkpointsOf: new Map(),
    ballotsOf: new Map(),
    workersByTask: new Map(),
    notesOf: new Map(),
    locksOf: new Map(),
    locksByRequest: new Map(),
  };
  // before the conditions, whose facts are looked up in the state alone
  for (const { name, expected, arrived } of state.checkpoints.values())
    for (const worker of expected) if (!arrived.has(worker)) addTo(index.checkpointsOf, worker, name);
  for (const block of state.blocks.values()) if (block.ended === undefined) indexBlock(state, index, block);
  for (const [worker, { until }] of state.watches) indexDependent(state, index, `watch ${worker}`, until, 'other');
  for (const { name, voters, decided } of state.ballots.values())
    if (decided === undefined) for (const voter of voters ?? []) addTo(index.ballotsOf, voter, name);
  for (const lock of state.locks.values())
    for (const acquire of [...lock.holders, ...lock.queue]) addRequest(index, lock, acquire);
  for (const note of state.notes.values()) if (note.deliveredBy === undefined) addTo(index.notesOf, note.worker, note);
  for (const worker of state.workers.values()) {
    if (worker.task !== undefined) addTo(index.workersByTask, worker.task, worker.id);
    if (worker.state !== 'planned' || state.runs.get(worker.run ?? '')?.asks !== undefined) continue;
    const conditions = pendingConditions(state, worker.after, worker.id);
    indexDependent(state, index, `start ${worker.id}`, conditions, 'other');
  }
  return index;
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}

function removeFrom<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const known = sets.get(key);
  if (known?.delete(value) === true && known.size === 0) sets.delete(key);
}

/** The name by which a block is looked up; undefined for one that no event refers to but by its id. */
function nameOf(state: SessionState, block: Block): string | undefined {
  const { cause, key, worker, event } = block;
  if (cause.kind === 'lock') return lockName(cause.token, cause.resource);
  if (cause.kind === 'guard') return guardName(state.runs.get(cause.run)?.rule, block);
  return key === undefined ? undefined : keyName(worker, event, key);
}

export const keyName = (worker: string, event: string, key: string): string => `key\0${worker}\0${event}\0${key}`;
export const lockName = (token: number, resource: string): string => `lock\0${token}\0${resource}`;

/** A guard of a rule has the same name in each run of it. */
export const guardName = (
  rule: string | undefined,
  { event, match }: Pick<Block, 'event' | 'match'>,
): string | undefined =>
  rule === undefined ? undefined : ['guard', rule, event, match?.tool, match?.path, match?.command].join('\0');

/** Adds an active block, or one whose condition, name or worker has changed after `unindexBlock`. */
export function indexBlock(state: SessionState, index: FoldIndex, block: Block): void {
  index.active.add(block);
  addTo(index.blocksOf, block.worker, block);
  const name = nameOf(state, block);
  if (name !== undefined) index.blockByName.set(name, block);
  if (block.ttlMs !== undefined) index.untimed.add(block);
  if (block.holding.length > 0) index.holding.add(block);
  for (const agent of block.stopCounts.keys()) addTo(index.refusing, agent, block);
  indexDependent(state, index, `block ${block.id}`, block.until, 'block');
}

/** Removes a block that has ended or is about to change. */
export function unindexBlock(state: SessionState, index: FoldIndex, block: Block): void {
  index.active.delete(block);
  removeFrom(index.blocksOf, block.worker, block);
  const name = nameOf(state, block);
  if (name !== undefined && index.blockByName.get(name) === block) index.blockByName.delete(name);
  index.untimed.delete(block);
  index.holding.delete(block);
  for (const agent of block.stopCounts.keys()) removeFrom(index.refusing, agent, block);
  unindexDependent(index, `block ${block.id}`);
}

/** Notes by which facts the conditions of a dependent change, in place of those noted before. */
export function indexDependent(
  state: SessionState,
  index: FoldIndex,
  dependent: Dependent,
  conditions: readonly PendingCondition[],
  waits: Waits,
): void {
  unindexDependent(index, dependent);
  const facts = conditions.flatMap((condition) => (condition.met ? [] : factsOf(state, condition, waits)));
  if (facts.length === 0) return;
  index.facts.set(dependent, facts);
  for (const fact of facts) addTo(index.dependents, fact, dependent);
}

export function unindexDependent(index: FoldIndex, dependent: Dependent): void {
  for (const fact of index.facts.get(dependent) ?? []) removeFrom(index.dependents, fact, dependent);
  index.facts.delete(dependent);
}

/**
 * The facts at which a condition has to be evaluated again. A block stands while its condition is impossible, so only
 * what meets it counts; a watch ends and a planned worker fails at the other facts, too. Of a list of workers the first
 * that keeps the condition from being met is enough: when it no longer does, the next one takes its place.
 */
function factsOf(state: SessionState, condition: PendingCondition, waits: Waits): string[] {
  const { kind, name } = parseCondition(condition.text);
  const alsoBroken = waits === 'other';
  switch (kind) {
    case 'done':
    case 'ok': {
      const names = condition.workers ?? [name];
      const text = (n: string): PendingCondition => ({ text: `${kind}:${n}`, met: false });
      const first = names.find((n) => evaluateOne(state, text(n), waits) !== 'met');
      const broken = kind === 'ok' && alsoBroken ? names.map((n) => `not ok:${n}`) : [];
      return first === undefined ? broken : [`${kind}:${first}`, ...broken];
    }
    case 'decided':
      return [waits === 'block' ? `passed:${name}` : condition.text];
    case 'checkpoint':
    case 'agreed':
      return alsoBroken ? [condition.text, `not ${condition.text}`] : [condition.text];
    case 'free':
      return [freeFact(name)];
    case 'clear':
      return [condition.text];
    default:
      return [];
  }
}

/** The fact that a resource has no holder; one for all files, since they overlap. */
export const freeFact = (resource: string): string => (isFileResource(resource) ? 'free:file' : `free:${resource}`);

/** The facts that hold when a worker has ended. */
export function endFacts(state: SessionState, worker: string): string[] {
  const facts = [`done:${worker}`, `${state.workers.get(worker)?.state === 'done' ? '' : 'not '}ok:${worker}`];
  for (const name of indexOf(state).checkpointsOf.get(worker) ?? []) facts.push(`not checkpoint:${name}`);
  return facts;
}

/** A checkpoint is made, with the workers that it waits for. */
export function indexCheckpoint(state: SessionState, name: string, expected: readonly string[]): void {
  const { checkpointsOf } = indexOf(state);
  for (const worker of expected) addTo(checkpointsOf, worker, name);
}

/** A ballot is opened, or decided. */
export function indexBallot(state: SessionState, { name, voters = [], decided }: Ballot): void {
  const { ballotsOf } = indexOf(state);
  for (const voter of voters)
    if (decided === undefined) addTo(ballotsOf, voter, name);
    else removeFrom(ballotsOf, voter, name);
}

/** Gives a worker another task, if there is one. */
export function setTask(state: SessionState, worker: Worker, task: string | undefined): void {
  if (task === undefined) return;
  const { workersByTask } = indexOf(state);
  if (worker.task !== undefined) removeFrom(workersByTask, worker.task, worker.id);
  worker.task = task;
  addTo(workersByTask, task, worker.id);
}

/** A note waits for delivery, or does no more. */
export const indexNote = (state: SessionState, note: Note): void => addTo(indexOf(state).notesOf, note.worker, note);
export const unindexNote = (state: SessionState, note: Note): void =>
  removeFrom(indexOf(state).notesOf, note.worker, note);

/** A block has refused the end of an agent's turn. */
export const indexRefusal = (state: SessionState, block: Block, agent: string): void =>
  addTo(indexOf(state).refusing, agent, block);

/** A worker has arrived. */
export const unindexArrival = (state: SessionState, name: string, worker: string): void =>
  removeFrom(indexOf(state).checkpointsOf, worker, name);

function addRequest(index: FoldIndex, lock: Lock, { worker, id }: Acquire): void {
  addTo(index.locksOf, worker, lock);
  addTo(index.locksByRequest, id, lock);
}

/** A lock is held by a request, or has it in its queue. */
export const indexRequest = (state: SessionState, lock: Lock, acquire: Acquire): void =>
  addRequest(indexOf(state), lock, acquire);

/** A lock has a request no more; another one of the same worker or id may be left. */
export function unindexRequest(state: SessionState, lock: Lock, { worker, id }: Acquire): void {
  const { locksOf, locksByRequest } = indexOf(state);
  const left = [...lock.holders, ...lock.queue];
  if (!left.some((other) => other.worker === worker)) removeFrom(locksOf, worker, lock);
  if (!left.some((other) => other.id === id)) removeFrom(locksByRequest, id, lock);
}
