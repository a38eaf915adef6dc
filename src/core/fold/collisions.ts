import type { EventOf } from '#protocol/event.ts';
import type { Collision, SessionState } from '#protocol/state.ts';
import { assignDefined, type EventPosition } from './state.ts';

/** Two edits of one file within this time collide, and a collision is shown for this time after the last edit. */
export const COLLISION_MS = 10 * 60_000;

const MAX_COLLISIONS = 100;

/** The identity of a collision: the file and both agents, whichever of them reports it. */
function collisionKey({ file, worker, other, session }: EventOf<'collision'>): string {
  const pair = session === undefined ? [worker, other].toSorted() : [worker, `${session}/${other}`];
  return [file, ...pair].join('\0');
}

/**
 * Two agents have edited one file. A second report within ten minutes, perhaps of another window, prolongs the same
 * collision, which stays dismissed if it was; after ten quiet minutes it is a new one.
 */
export function onCollision(state: SessionState, event: EventOf<'collision'>, at: EventPosition): void {
  const key = collisionKey(event);
  const known = state.collisions.get(key);
  state.collisions.delete(key);
  for (const [other, { lastTs }] of state.collisions)
    if (at.ts - lastTs > COLLISION_MS || state.collisions.size >= MAX_COLLISIONS) state.collisions.delete(other);
  const { file, worker, other, session } = event;
  const continues = known !== undefined && at.ts - known.lastTs <= COLLISION_MS;
  const fresh: Collision = { pos: at.pos, file, worker, other, dismissed: false, lastTs: at.ts };
  const next = continues ? { ...known, lastTs: Math.max(known.lastTs, at.ts) } : assignDefined(fresh, { session });
  state.collisions.set(key, next);
}

/** The person dismisses a notice or a collision. */
export function onDismiss(state: SessionState, { ref }: EventOf<'dismiss'>): void {
  const index = state.notices.findIndex((notice) => notice.pos === ref);
  if (index !== -1) state.notices.splice(index, 1);
  for (const collision of state.collisions.values()) if (collision.pos === ref) collision.dismissed = true;
}
