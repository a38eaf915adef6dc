import type { Match } from '#protocol/parts.ts';
import type { Acquire, Ballot, Block, Lock, Note, SessionState, Worker } from '#protocol/state.ts';
import { indexDependent, indexStart, unindexDependent, type FactIndex } from './facts.ts';

/**
 * What the fold looks up by name, so that a line costs no more because much else stands. It follows from the state
 * alone: made for a state that has none, then kept current by the fold, and in no snapshot.
 */
export interface FoldIndex extends FactIndex {
  /** The active blocks, and the same by worker; ended ones that are still kept. */
  active: Set<Block>;
  ended: Block[];
  blocksOf: Map<string, Set<Block>>;
  /** Active blocks by what another event names them by: a key, a lock's token, a rule's guard. */
  blockByName: Map<string, Map<string, Block>>;
  /** Blocks that hold a call, and by agent those that have refused the end of its turn. */
  holding: Set<Block>;
  refusing: Map<string, Set<Block>>;
  /** Blocks whose time is not known yet. */
  untimed: Set<Block>;
  /** Checkpoints that a worker is expected at and has not reached, and undecided ballots of which it is a voter. */
  checkpointsOf: Map<string, Set<string>>;
  ballotsOf: Map<string, Set<string>>;
  /** Ballots in which a worker abstains, since it has ended. */
  abstentionsOf: Map<string, Set<Ballot>>;
  /** Workers by their task. */
  workersByTask: Map<string, Set<string>>;
  /** Notes that are not delivered yet, by the worker that they are from, oldest first. */
  notesOf: Map<string, Note[]>;
  /** The same by the worker and the key. */
  noteByKey: Map<string, Map<string, Note>>;
  /** How many notes are not delivered yet. */
  pendingNotes: number;
  /** The locks that a worker holds or waits for, and requests by their name and by the position of their last renewal. */
  locksOf: Map<string, Set<Lock>>;
  requestOf: Map<string, Acquire>;
  requestAt: Map<number, { lock: Lock; acquire: Acquire }>;
}

/** Where a state has its index: at itself, since the parts of a program have each a copy of this module. */
const INDEX = Symbol.for('fermata.foldIndex');

/** The index of a state. */
export function indexOf(state: SessionState & { [INDEX]?: FoldIndex }): FoldIndex {
  const known = state[INDEX];
  if (known !== undefined) return known;
  const index = makeIndex(state);
  // no copy of the state gets it
  Object.defineProperty(state, INDEX, { value: index });
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
    ended: [],
    untimed: new Set(),
    checkpointsOf: new Map(),
    ballotsOf: new Map(),
    abstentionsOf: new Map(),
    workersByTask: new Map(),
    notesOf: new Map(),
    noteByKey: new Map(),
    pendingNotes: 0,
    locksOf: new Map(),
    requestOf: new Map(),
    requestAt: new Map(),
  };
  // before the conditions, whose facts are looked up in the state alone
  for (const { name, expected, arrived } of state.checkpoints.values())
    for (const worker of expected) if (!arrived.has(worker)) addTo(index.checkpointsOf, worker, name);
  for (const block of state.blocks.values())
    if (block.ended === undefined) indexBlock(state, index, block);
    else index.ended.push(block);
  for (const [worker, { until }] of state.watches) indexDependent(index, `watch ${worker}`, until, 'watch');
  for (const ballot of state.ballots.values()) {
    if (ballot.decided !== undefined) continue;
    for (const voter of ballot.voters ?? []) addTo(index.ballotsOf, voter, ballot.name);
    for (const worker of ballot.abstained) addTo(index.abstentionsOf, worker, ballot);
  }
  for (const lock of state.locks.values())
    for (const acquire of [...lock.holders, ...lock.queue]) addRequest(index, lock, acquire);
  for (const note of state.notes.values()) if (note.deliveredBy === undefined) addNoteTo(index, note);
  for (const worker of state.workers.values()) {
    if (worker.task !== undefined) addTo(index.workersByTask, worker.task, worker.id);
    if (worker.state !== 'planned' || state.runs.get(worker.run ?? '')?.asks !== undefined) continue;
    indexStart(index, worker);
  }
  return index;
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}

function setIn<V>(maps: Map<string, Map<string, V>>, of: string, name: string, value: V): void {
  const known = maps.get(of);
  if (known === undefined) maps.set(of, new Map([[name, value]]));
  else known.set(name, value);
}

function removeFrom<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const known = sets.get(key);
  if (known?.delete(value) === true && known.size === 0) sets.delete(key);
}

/** The active block that an event names, among those of its worker, of locks or of guards. */
export const blockNamed = ({ blockByName }: FoldIndex, of: string, name: string | undefined): Block | undefined =>
  name === undefined ? undefined : blockByName.get(of)?.get(name);

/** The name by which a block is looked up; undefined for one that no event refers to but by its id. */
function nameOf(state: SessionState, block: Block): string | undefined {
  const { cause, key, event } = block;
  if (cause.kind === 'lock') return lockName(cause.token, cause.resource);
  if (cause.kind === 'guard') return guardName(state.runs.get(cause.run)?.rule, block);
  return key === undefined ? undefined : keyName(event, key);
}

/** Among which names that is. A worker's name has no zero byte. */
const namesOf = ({ cause, worker }: Block): string =>
  cause.kind === 'lock' ? LOCKS : cause.kind === 'guard' ? GUARDS : worker;
export const LOCKS = '\0lock';
export const GUARDS = '\0guard';

/** Most keys are of calls, and as they are: a text that is made of others would be dearer to look up. */
export const keyName = (event: string, key: string): string => (event === 'PreToolUse' ? key : `${event}\0${key}`);
export const lockName = (token: number, resource: string): string => `${token}\0${resource}`;

/** A guard of a rule has the same name in each run of it. */
export const guardName = (
  rule: string | undefined,
  { event, match }: Pick<Block, 'event'> & { match?: Match | undefined },
): string | undefined =>
  rule === undefined ? undefined : [rule, event, match?.tool, match?.path, match?.command, match?.agent].join('\0');

/** Adds an active block, or one whose name or worker has changed after `unindexBlock`. */
export function indexBlock(state: SessionState, index: FoldIndex, block: Block): void {
  index.active.add(block);
  addTo(index.blocksOf, block.worker, block);
  const name = nameOf(state, block);
  if (name !== undefined) setIn(index.blockByName, namesOf(block), name, block);
  if (block.holding.length > 0) index.holding.add(block);
  indexTerms(index, block);
}

/** Adds what a renewal changes of an active block. */
export function indexTerms(index: FoldIndex, block: Block): void {
  if (block.ttlMs !== undefined) index.untimed.add(block);
  for (const agent of block.stopCounts?.keys() ?? []) addTo(index.refusing, agent, block);
  if (block.until.length > 0) indexDependent(index, block, block.until, 'block');
}

/** Removes a block that has ended or is about to get another name or worker. */
export function unindexBlock(state: SessionState, index: FoldIndex, block: Block): void {
  index.active.delete(block);
  removeFrom(index.blocksOf, block.worker, block);
  const name = nameOf(state, block);
  if (blockNamed(index, namesOf(block), name) === block) index.blockByName.get(namesOf(block))?.delete(name ?? '');
  index.holding.delete(block);
  unindexTerms(index, block);
}

/** Removes what a renewal changes of a block. */
export function unindexTerms(index: FoldIndex, block: Block): void {
  index.untimed.delete(block);
  for (const agent of block.stopCounts?.keys() ?? []) removeFrom(index.refusing, agent, block);
  if (block.until.length > 0) unindexDependent(index, block);
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

/** A worker abstains in a ballot. */
export function addAbstention(state: SessionState, ballot: Ballot, worker: string): void {
  ballot.abstained.push(worker);
  addTo(indexOf(state).abstentionsOf, worker, ballot);
}

/** The ballots in which a worker abstained, which it does no more. */
export function takeAbstentions(state: SessionState, worker: string): Iterable<Ballot> {
  const { abstentionsOf } = indexOf(state);
  const ballots = abstentionsOf.get(worker) ?? [];
  abstentionsOf.delete(worker);
  return ballots;
}

/** Gives a worker another task, if there is one. */
export function setTask(state: SessionState, worker: Worker, task: string | undefined): void {
  if (task === undefined || task === worker.task) return;
  const { workersByTask } = indexOf(state);
  if (worker.task !== undefined) removeFrom(workersByTask, worker.task, worker.id);
  worker.task = task;
  addTo(workersByTask, task, worker.id);
}

/** A note waits for delivery, or does no more. */
export const indexNote = (state: SessionState, note: Note): void => addNoteTo(indexOf(state), note);

function addNoteTo(index: FoldIndex, note: Note): void {
  index.pendingNotes++;
  if (note.key !== undefined) setIn(index.noteByKey, note.worker, note.key, note);
  const known = index.notesOf.get(note.worker);
  if (known === undefined) index.notesOf.set(note.worker, [note]);
  else known.push(note);
}

export function unindexNote(state: SessionState, note: Note): void {
  const index = indexOf(state);
  const known = index.notesOf.get(note.worker) ?? [];
  const at = known.indexOf(note);
  if (at === -1) return;
  index.pendingNotes--;
  const byKey = index.noteByKey.get(note.worker);
  if (note.key !== undefined && byKey?.get(note.key) === note) byKey.delete(note.key);
  if (known.length === 1) index.notesOf.delete(note.worker);
  else if (at === 0) known.shift();
  else known.splice(at, 1);
}

/** A block has refused the end of an agent's turn. */
export const indexRefusal = (state: SessionState, block: Block, agent: string): void =>
  addTo(indexOf(state).refusing, agent, block);

/** A worker has arrived. Returns whether the checkpoint waited for it. */
export function unindexArrival(state: SessionState, name: string, worker: string): boolean {
  const { checkpointsOf } = indexOf(state);
  const isAwaited = checkpointsOf.get(worker)?.has(name) === true;
  removeFrom(checkpointsOf, worker, name);
  return isAwaited;
}

/** The name of a request, by which another line renews it. */
export const requestName = ({ resource }: Lock, { id, worker }: Pick<Acquire, 'id' | 'worker'>): string =>
  `${resource}\0${worker}\0${id}`;

function addRequest(index: FoldIndex, lock: Lock, acquire: Acquire): void {
  addTo(index.locksOf, acquire.worker, lock);
  index.requestOf.set(requestName(lock, acquire), acquire);
  index.requestAt.set(acquire.renewedPos, { lock, acquire });
}

/** A lock is held by a request, or has it in its queue. */
export const indexRequest = (state: SessionState, lock: Lock, acquire: Acquire): void =>
  addRequest(indexOf(state), lock, acquire);

/** A request is renewed: it has another position. */
export function indexRenewal(state: SessionState, lock: Lock, acquire: Acquire, renewedPos: number): void {
  const { requestAt } = indexOf(state);
  if (requestAt.get(acquire.renewedPos)?.acquire === acquire) requestAt.delete(acquire.renewedPos);
  requestAt.set(renewedPos, { lock, acquire });
}

/** A lock has a request no more; another one of the same worker may be left. */
export function unindexRequest(state: SessionState, lock: Lock, acquire: Acquire): void {
  const { locksOf, requestOf, requestAt } = indexOf(state);
  requestOf.delete(requestName(lock, acquire));
  const isOfWorker = (other: Acquire): boolean => other !== acquire && other.worker === acquire.worker;
  if (!lock.holders.some(isOfWorker) && !lock.queue.some(isOfWorker)) removeFrom(locksOf, acquire.worker, lock);
  if (requestAt.get(acquire.renewedPos)?.acquire === acquire) requestAt.delete(acquire.renewedPos);
}
