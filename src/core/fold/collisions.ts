import type { EventOf } from '#protocol/event.ts';
import type { Collision, SessionState } from '#protocol/state.ts';
import { assignDefined } from './state.ts';
import type { EventPosition } from './state.ts';

/** Two edits of one file no further apart than this collide, and so long a collision is news. */
export const COLLISION_MS = 10 * 60_000;

const MAX_COLLISIONS = 100;

/** The name of a collision: the file and the two, whichever of them says it. */
function collisionKey({ file, worker, other, session }: EventOf<'collision'>): string {
  const pair = session === undefined ? [worker, other].toSorted() : [worker, `${session}/${other}`];
  return [file, ...pair].join('\0');
}

/**
 * Two agents have edited one file. Said again within ten minutes, by another window perhaps, it is the same collision,
 * put off or dismissed as it was; after ten quiet minutes it is a new one.
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
  state.collisions.set(
    key,
    continues ? { ...known, lastTs: Math.max(known.lastTs, at.ts) } : assignDefined(fresh, { session }),
  );
}

/** The person has seen a notice or a collision and wants it gone. */
export function onDismiss(state: SessionState, { ref }: EventOf<'dismiss'>): void {
  const index = state.notices.findIndex((notice) => notice.pos === ref);
  if (index !== -1) state.notices.splice(index, 1);
  for (const collision of state.collisions.values()) if (collision.pos === ref) collision.dismissed = true;
}
