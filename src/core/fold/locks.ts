import type { EventOf } from '../../protocol/event.ts';
import type { Acquire, FormerHolder, Lock, SessionState } from '../../protocol/state.ts';
import { addBlock, endBlock } from './blocks.ts';
import { addNote } from './notes.ts';
import { put } from './put.ts';
import { keep, KEPT, type At } from './state.ts';

/** The tools that write files: what a `file:` lock keeps everybody but its holder from using on that path. */
const EDIT_TOOLS = 'Edit|MultiEdit|Write|NotebookEdit';
const FILE = 'file:';
/** Why a lock was lost when nobody is left to be told. */
const WORKER_ENDED = 'its worker ended';

/** Who has it and who waits for it. */
const asking = ({ holders, queue }: Lock): Acquire[] => [...holders, ...queue];

function lockOf(state: SessionState, resource: string): Lock {
  let lock = state.locks.get(resource);
  if (lock === undefined) {
    lock = { resource, holders: [], queue: [], former: [] };
    state.locks.set(resource, lock);
  }
  return lock;
}

/** A worker asks for a resource, or renews what it has or waits for (the same id again). */
export function onAcquire(state: SessionState, event: EventOf<'acquire'>, at: At): void {
  const lock = lockOf(state, event.resource);
  const id = event.id ?? `@${at.pos}`;
  const known = asking(lock).find((a) => a.id === id && a.worker === event.worker);
  if (known !== undefined) {
    known.renewedPos = at.pos;
    if (event.ttlMs !== undefined) known.dueTs = at.ts + event.ttlMs;
    return;
  }
  const asked: Acquire = {
    id,
    worker: event.worker,
    mode: event.mode ?? 'exclusive',
    token: at.pos,
    sinceTs: at.ts,
    renewedPos: at.pos,
  };
  if (event.ttlMs !== undefined) asked.dueTs = at.ts + event.ttlMs;
  if (lock.queue.length === 0 && grantable(lock, asked)) grant(state, lock, asked, at);
  else if (event.wait === true) lock.queue.push(asked);
  if (lock.holders.length === 0 && lock.queue.length === 0) state.locks.delete(lock.resource);
}

const grantable = (lock: Lock, asked: Acquire): boolean =>
  lock.holders.length === 0 || (asked.mode === 'shared' && lock.holders.every((h) => h.mode === 'shared'));

function grant(state: SessionState, lock: Lock, asked: Acquire, at: At): void {
  lock.holders.push(asked);
  if (!lock.resource.startsWith(FILE)) return;
  const path = lock.resource.slice(FILE.length);
  addBlock(
    state,
    {
      worker: asked.worker,
      event: 'PreToolUse',
      text: `${path} is locked by ${asked.worker}`,
      cause: { kind: 'lock', resource: lock.resource, token: asked.token },
      match: { tool: EDIT_TOOLS, path },
    },
    at,
  );
}

function giveUp(state: SessionState, lock: Lock, held: Acquire, at: At, why?: string): void {
  lock.holders = lock.holders.filter((h) => h !== held);
  lock.queue = lock.queue.filter((q) => q !== held);
  if (why !== undefined) {
    const { worker, id, token } = held;
    const text = `you no longer have ${lock.resource}: ${why}`;
    const lost = { kind: 'lockLost', worker: 'fermata', to: worker, event: 'PostToolUse', text, now: false } as const;
    const note = why === WORKER_ENDED ? undefined : addNote(state, lost, at);
    keep(lock.former, put<FormerHolder>({ worker, id, token, why, ts: at.ts }, { note }), KEPT.former);
  }
  for (const block of state.blocks.values())
    if (block.cause.kind === 'lock' && block.cause.token === held.token && block.cause.resource === lock.resource)
      endBlock(state, block, 'lock passed on', held.worker, at);
}

/** Grants to those who wait, in their order, as long as the next one can have it. */
function passOn(state: SessionState, lock: Lock, at: At): void {
  for (let next = lock.queue[0]; next !== undefined && grantable(lock, next); next = lock.queue[0]) {
    lock.queue.shift();
    grant(state, lock, next, at);
  }
  if (lock.holders.length === 0 && lock.queue.length === 0 && lock.former.length === 0)
    state.locks.delete(lock.resource);
}

/** Gives back: one acquire by id or token, or all of that worker's on the resource. `by` another is a break. */
export function onRelease(state: SessionState, event: EventOf<'release'>, at: At): void {
  const lock = state.locks.get(event.resource);
  if (lock === undefined) return;
  const broken = event.by !== undefined && event.by !== event.worker;
  const meant = asking(lock).filter(
    (a) =>
      a.worker === event.worker &&
      (event.id === undefined || event.id === a.id) &&
      (event.token === undefined || event.token === a.token),
  );
  for (const held of meant) giveUp(state, lock, held, at, broken ? `broken by ${event.by}` : undefined);
  passOn(state, lock, at);
}

/** A lease ran out: honoured only if the observer had seen the last renewal and its time really is past. */
export function onExpireLock(state: SessionState, event: EventOf<'expire'>, at: At): void {
  for (const lock of state.locks.values()) {
    const held = asking(lock).find((a) => a.id === event.ref && a.renewedPos === event.seen);
    if (held === undefined || held.dueTs === undefined || at.ts < held.dueTs) continue;
    giveUp(state, lock, held, at, 'lease expired');
    passOn(state, lock, at);
    return;
  }
}

/** A worker has ended: what it held passes on, what it waited for is forgotten. */
export function dropLocksOf(state: SessionState, worker: string, at: At): void {
  for (const lock of state.locks.values()) {
    const its = asking(lock).filter((a) => a.worker === worker);
    for (const held of its) giveUp(state, lock, held, at, lock.holders.includes(held) ? WORKER_ENDED : undefined);
    if (its.length > 0) passOn(state, lock, at);
  }
}
