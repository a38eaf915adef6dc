import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Acquire, FormerHolder, Lock, SessionState } from '#protocol/state.ts';
import { addBlock, endBlock } from './blocks.ts';
import { leaseEnd } from './expiries.ts';
import { freeFact } from './facts.ts';
import {
  blockNamed,
  indexOf,
  indexRenewal,
  indexRequest,
  lockName,
  LOCKS,
  requestName,
  unindexRequest,
} from './foldIndex.ts';
import { COUNTS, countBeyondLimit, mayStep, stepsOfNames } from './limits.ts';
import { addNote } from './notes.ts';
import { addLock, overlappingLocks, removeLock, searchOverlapping } from './lockTree.ts';
import { FILE, isFileResource, resourceName } from './resources.ts';
import { addFacts, assignDefined, dueAfter, pushBounded, LIMITS, type EventPosition } from './state.ts';
import { isOver, withReport } from './time.ts';

/** The tools that write files. A `file:` lock blocks them on its path for all but its holder. */
const EDIT_TOOLS = 'Edit|MultiEdit|Write|NotebookEdit';
/** To look through more requests of a lock costs more than a line may. */
const FEW_REQUESTS = 16;
/** The reason of a loss of which no note is made: its recipient has ended. */
const WORKER_ENDED = 'its worker ended';

const allAcquires = ({ holders, queue }: Lock): Acquire[] => [...holders, ...queue];

/**
 * A worker requests a resource, or renews its lease or its place in the queue (same id). A request beyond a limit is
 * never granted.
 */
export function onAcquire(state: SessionState, event: EventOf<'acquire'>, at: EventPosition): void {
  const resource = resourceName(event.resource, state.session);
  const known = state.locks.get(resource);
  if (known === undefined && state.locks.size >= COUNTS.locks) return countBeyondLimit(state, 'locks');
  // it would not be granted, and is not to wait
  if (known === undefined && event.wait !== true && isFileResource(resource) && !mayStep(state, at)) return;
  const lock: Lock = known ?? { resource, holders: [], queue: [], former: [] };
  const id = event.id ?? `@${at.pos}`;
  const { worker, mode = 'exclusive' } = event;
  const { ttlMs, pid, startTime, host, ends } = event;
  const lease = { renewedPos: at.pos, dueTs: dueAfter(at, ttlMs), ttlMs, pid, startTime, host, ends, via: at.via };
  const existing = known && indexOf(state).requestOf.get(requestName(lock, { id, worker }));
  if (existing !== undefined) {
    indexRenewal(state, lock, existing, at.pos);
    assignDefined(existing, lease);
    // the reports are of the time before
    delete existing.reports;
    return;
  }
  if (
    lock.holders.length + lock.queue.length >= COUNTS.requestsOfLock ||
    indexOf(state).requestOf.size >= COUNTS.requests
  )
    return countBeyondLimit(state, 'requests');
  const created: Acquire = { id, worker, mode, token: at.pos, sinceTs: at.ts, renewedPos: at.pos };
  const acquire = assignDefined(created, lease);
  if (lock.queue.length === 0 && grantable(state, lock, acquire, at)) grant(state, lock, acquire, at);
  else if (event.wait === true) {
    lock.queue.push(acquire);
    indexRequest(state, lock, acquire);
  }
  // one of which there is no request is none
  if (known === undefined && lock.holders.length + lock.queue.length > 0) addLock(state, lock);
}

const isCompatible = (a: Acquire, b: Acquire): boolean => a.mode === 'shared' && b.mode === 'shared';

/**
 * Whether a lock's next request can be granted: beside its holders, and beside those who hold, or have asked before for,
 * other files that are in common. A worker is not in its own way: it may lock a file in a folder that it has.
 */
function grantable(state: SessionState, lock: Lock, acquire: Acquire, at: EventPosition): boolean {
  if (!lock.holders.every((holder) => isCompatible(holder, acquire))) return false;
  if (!isFileResource(lock.resource)) return true;
  if (!mayStep(state, at)) return false;
  const isInTheWay = (other: Acquire): boolean => other.worker !== acquire.worker && !isCompatible(other, acquire);
  const { found, steps } = searchOverlapping(
    state,
    lock.resource,
    ({ holders, queue }) =>
      holders.some(isInTheWay) || queue.some((asked) => asked.token < acquire.token && isInTheWay(asked)),
  );
  state.steps += steps;
  return !found;
}

function grant(state: SessionState, lock: Lock, acquire: Acquire, at: EventPosition): void {
  lock.holders.push(acquire);
  acquire.grantedTs = at.ts;
  indexRequest(state, lock, acquire);
  const { resource } = lock;
  if (!isFileResource(resource)) return;
  const { worker, token } = acquire;
  const path = resource.slice(FILE.length);
  const cause = { kind: 'lock', resource, token } as const;
  const match = { tool: EDIT_TOOLS, path };
  addBlock(state, { worker, event: 'PreToolUse', text: `${path} is locked by ${worker}`, cause, match }, at);
}

function removeAcquire(state: SessionState, lock: Lock, acquire: Acquire, at: EventPosition, why?: string): void {
  lock.holders = lock.holders.filter((h) => h !== acquire);
  lock.queue = lock.queue.filter((q) => q !== acquire);
  unindexRequest(state, lock, acquire);
  if (why !== undefined) {
    const { worker, id, token } = acquire;
    const text = `you no longer have ${lock.resource}: ${why}`;
    const loss = { kind: 'lockLost', worker: 'fermata', to: worker, text } as const;
    const note = why === WORKER_ENDED ? undefined : addNote(state, loss, at);
    const former = assignDefined<FormerHolder>({ worker, id, token, why, ts: at.ts }, { note });
    pushBounded(lock.former, former, LIMITS.formerHolders);
  }
  const block = blockNamed(indexOf(state), LOCKS, lockName(acquire.token, lock.resource));
  if (block !== undefined) endBlock(state, block, 'lock passed on', acquire.worker, at);
}

/**
 * After something of a lock has ended: grants it, and those that have files in common with it, to the heads of their
 * queues for as long as that is possible, in the order of the log.
 */
function grantNext(state: SessionState, lock: Lock, at: EventPosition): void {
  const isFile = isFileResource(lock.resource);
  const locks = [lock, ...(isFile && mayStep(state, at) ? overlappingLocks(state, lock.resource) : [])];
  if (isFile) state.steps += locks.length;
  const waiting = locks.filter(({ queue }) => queue.length > 0);
  for (const next of waiting.toSorted((a, b) => (a.queue[0]?.token ?? 0) - (b.queue[0]?.token ?? 0)))
    for (let head = next.queue[0]; head !== undefined && grantable(state, next, head, at); head = next.queue[0]) {
      next.queue.shift();
      grant(state, next, head, at);
    }
  if (lock.holders.length === 0) addFacts(at, freeFact(lock.resource));
  if (lock.holders.length === 0 && lock.queue.length === 0 && lock.former.length === 0)
    removeLock(state, lock.resource);
}

/** Gives back one acquire, by id or token, or all of a worker's on a resource. Another one in `by` breaks the lock. */
export function onRelease(state: SessionState, event: EventOf<'release'>, at: EventPosition): void {
  const lock = state.locks.get(resourceName(event.resource, state.session));
  if (lock === undefined || indexOf(state).locksOf.get(event.worker)?.has(lock) !== true) return;
  const requests = lock.holders.length + lock.queue.length;
  if (requests > FEW_REQUESTS && !mayStep(state, at)) return;
  if (requests > FEW_REQUESTS) state.steps += stepsOfNames(requests);
  const broken = event.by !== undefined && event.by !== event.worker;
  const matching = allAcquires(lock).filter(
    (a) =>
      a.worker === event.worker &&
      (event.id === undefined || event.id === a.id) &&
      (event.token === undefined || event.token === a.token),
  );
  for (const acquire of matching) removeAcquire(state, lock, acquire, at, broken ? `broken by ${event.by}` : undefined);
  grantNext(state, lock, at);
}

/** A lease ran out. Ignored if the reporter had not seen the last renewal, or if the time is not over; see `isOver`. */
export function onExpireLock(state: SessionState, event: EventOf<'expire'>, at: EventPosition): void {
  const { lock, acquire } = indexOf(state).requestAt.get(event.seen) ?? {};
  const end = acquire?.id === event.ref ? leaseEnd(acquire) : undefined;
  if (lock === undefined || acquire === undefined || end === undefined) return;
  if (!isOver(state, end, at.ts, event.host)) {
    const reports = withReport(end, at.ts, event.host);
    if (reports.length > 0) acquire.reports = reports;
    return;
  }
  removeAcquire(state, lock, acquire, at, 'lease expired');
  grantNext(state, lock, at);
}

/**
 * Claude's session has ended, and with it what Claude held without a lease; one lapses by itself, since the command that
 * renews it may run on. After `/clear` the same process goes on.
 */
export function dropConductorLocks(state: SessionState, reason: string | undefined, at: EventPosition): void {
  if (reason === 'clear') return;
  for (const lock of indexOf(state).locksOf.get(CONDUCTOR) ?? []) {
    const acquires = allAcquires(lock).filter((a) => a.worker === CONDUCTOR && a.dueTs === undefined);
    for (const acquire of acquires)
      removeAcquire(state, lock, acquire, at, lock.holders.includes(acquire) ? "Claude's session ended" : undefined);
    if (acquires.length > 0) grantNext(state, lock, at);
  }
}

/** A worker has ended: its locks pass to the next in the queue, its own requests are dropped. */
export function dropLocksOf(state: SessionState, worker: string, at: EventPosition): void {
  for (const lock of indexOf(state).locksOf.get(worker) ?? []) {
    const acquires = allAcquires(lock).filter((a) => a.worker === worker);
    for (const acquire of acquires)
      removeAcquire(state, lock, acquire, at, lock.holders.includes(acquire) ? WORKER_ENDED : undefined);
    if (acquires.length > 0) grantNext(state, lock, at);
  }
}
