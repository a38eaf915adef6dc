import { CONDUCTOR } from '#protocol/ids.ts';
import type { Note, SessionState } from '#protocol/state.ts';

/** The reason of the `turn` event of a turn that continues because a foreign hook refused its end. */
export const TURN_CONTINUES = 'its end was refused';
/** The reason of the `turn` event of a turn that a wake-up began. */
export const WOKEN = 'woken';
/** How often a session is woken within the window: a woken turn may itself cause the next wake-up, in a loop. */
export const MAX_WAKES = 4;
const WAKE_WINDOW_MS = 60_000;

/** Whether a note should wake an idle Conductor. */
export const wantsWake = (note: Note): boolean =>
  note.now && note.kind === 'inform' && note.to === CONDUCTOR && note.deliveredBy === undefined;

/** Whether the Conductor may be woken at `now` (epoch ms): it is idle and was not woken too often. */
export function canWake({ conductor }: SessionState, now: number): boolean {
  const recent = (conductor.wokenTs ?? []).filter((ts) => now - ts < WAKE_WINDOW_MS);
  return conductor.state === 'idle' && recent.length < MAX_WAKES;
}
