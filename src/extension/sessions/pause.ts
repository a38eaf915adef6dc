import { USER } from '#protocol/ids.ts';
import type { Session } from './session.ts';

/** The key of the block that a pause is: a second pause is the same one. */
export const PAUSE_KEY = 'pause';

/** The block that pauses a session, while it stands. */
export function pauseOf({ state }: Session): string | undefined {
  return [...state.blocks.values()].find((b) => b.worker === USER && b.key === PAUSE_KEY && b.ended === undefined)?.id;
}
