import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Acquire, FormerHolder, Lock, SessionState } from '#protocol/state.ts';
import { addBlock, endBlock } from './blocks.ts';
import { addNote } from './notes.ts';
import { assignDefined, dueAfter, pushBounded, LIMITS, type EventPosition } from './state.ts';

/** The tools that write files. A `file:` lock blocks them on its path for all but its holder. */
const EDIT_TOOLS = 'Edit|MultiEdit|Write|NotebookEdit';
const FILE = 'file:';
/** The reason of a loss of which no note is made: its recipient has ended. */
const WORKER_ENDED = 'its worker ended';

const allAcquires = ({ holders, queue }: Lock): Acquire[] => [...holders, ...queue];

function ensureLock(state: SessionState, resource: string): Lock {
  let lock = state.locks.get(resource);
  if (lock === undefined) {
    lock = { resource, holders: [], queue: [], former: [] };
    state.locks.set(resource, lock);
  }
  return lock;
}

/** A worker asks for a resource, or renews its lease or its place in the queue (same id). */
export function onAcquire(state: SessionState, event: EventOf<'acquire'>, at: EventPosition): void {
  const lock = ensureLock(state, event.resource);
  const id = event.id ?? `@${at.pos}`;
  const { worker, mode = 'exclusive' } = event;
  const lease = { renewedPos: at.pos, dueTs: dueAfter(at, event.ttlMs) };
  const existing = allAcquires(lock).find((a) => a.id === id && a.worker === worker);
  if (existing !== undefined) {
    assignDefined(existing, lease);
    return;
  }
  const created: Acquire = { id, worker, mode, token: at.pos, sinceTs: at.ts, renewedPos: at.pos };
  const acquire = assignDefined(created, lease);
  if (lock.queue.length === 0 && grantable(lock, acquire)) grant(state, lock, acquire, at);
  else if (event.wait === true) lock.queue.push(acquire);
  if (lock.holders.length === 0 && lock.queue.length === 0) state.locks.delete(lock.resource);
}

const grantable = (lock: Lock, acquire: Acquire): boolean =>
  lock.holders.length === 0 || (acquire.mode === 'shared' && lock.holders.every((h) => h.mode === 'shared'));

function grant(state: SessionState, lock: Lock, acquire: Acquire, at: EventPosition): void {
  lock.holders.push(acquire);
  const { resource } = lock;
  if (!resource.startsWith(FILE)) return;
  const { worker, token } = acquire;
  const path = resource.slice(FILE.length);
  const cause = { kind: 'lock', resource, token } as const;
  const match = { tool: EDIT_TOOLS, path };
  addBlock(state, { worker, event: 'PreToolUse', text: `${path} is locked by ${worker}`, cause, match }, at);
}

function removeAcquire(state: SessionState, lock: Lock, acquire: Acquire, at: EventPosition, why?: string): void {
  lock.holders = lock.holders.filter((h) => h !== acquire);
  lock.queue = lock.queue.filter((q) => q !== acquire);
  if (why !== undefined) {
    const { worker, id, token } = acquire;
    const text = `you no longer have ${lock.resource}: ${why}`;
    const loss = { kind: 'lockLost', worker: 'fermata', to: worker, text } as const;
    const note = why === WORKER_ENDED ? undefined : addNote(state, loss, at);
    const former = assignDefined<FormerHolder>({ worker, id, token, why, ts: at.ts }, { note });
    pushBounded(lock.former, former, LIMITS.formerHolders);
  }
  for (const block of state.blocks.values())
    if (block.cause.kind === 'lock' && block.cause.token === acquire.token && block.cause.resource === lock.resource)
      endBlock(state, block, 'lock passed on', acquire.worker, at);
}

/** Grants the lock to the head of the queue for as long as that is possible. */
function grantNext(state: SessionState, lock: Lock, at: EventPosition): void {
  for (let next = lock.queue[0]; next !== undefined && grantable(lock, next); next = lock.queue[0]) {
    lock.queue.shift();
    grant(state, lock, next, at);
  }
  if (lock.holders.length === 0 && lock.queue.length === 0 && lock.former.length === 0)
    state.locks.delete(lock.resource);
}

/** Gives back one acquire, by id or token, or all of a worker's on a resource. Another one in `by` breaks the lock. */
export function onRelease(state: SessionState, event: EventOf<'release'>, at: EventPosition): void {
  const lock = state.locks.get(event.resource);
  if (lock === undefined) return;
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

/** A lease ran out. Ignored if the reporter had not seen the last renewal, or if the time is not over. */
export function onExpireLock(state: SessionState, event: EventOf<'expire'>, at: EventPosition): void {
  for (const lock of state.locks.values()) {
    const expired = allAcquires(lock).find((a) => a.id === event.ref && a.renewedPos === event.seen);
    if (expired === undefined || expired.dueTs === undefined || at.ts < expired.dueTs) continue;
    removeAcquire(state, lock, expired, at, 'lease expired');
    grantNext(state, lock, at);
    return;
  }
}

/**
 * Claude's session has ended, and with it what Claude held without a lease; one lapses by itself, since the command that
 * renews it may run on. After `/clear` the same process goes on.
 */
export function dropConductorLocks(state: SessionState, reason: string | undefined, at: EventPosition): void {
  if (reason === 'clear') return;
  for (const lock of state.locks.values()) {
    const acquires = allAcquires(lock).filter((a) => a.worker === CONDUCTOR && a.dueTs === undefined);
    for (const acquire of acquires)
      removeAcquire(state, lock, acquire, at, lock.holders.includes(acquire) ? "Claude's session ended" : undefined);
    if (acquires.length > 0) grantNext(state, lock, at);
  }
}

/** A worker has ended: its locks pass to the next in the queue, its own requests are dropped. */
export function dropLocksOf(state: SessionState, worker: string, at: EventPosition): void {
  for (const lock of state.locks.values()) {
    const acquires = allAcquires(lock).filter((a) => a.worker === worker);
    for (const acquire of acquires)
      removeAcquire(state, lock, acquire, at, lock.holders.includes(acquire) ? WORKER_ENDED : undefined);
    if (acquires.length > 0) grantNext(state, lock, at);
  }
}
