import type { Event } from '#protocol/event.ts';
import type { SessionState } from '#protocol/state.ts';
import { indexOf } from './foldIndex.ts';

/** How far the `ts` of a line may move the time of others, in milliseconds. */
export const MAX_SHIFT_MS = 60_000;

/** What only hooks write: they run where Claude does, and their clock is that of the session. */
const HOOK_LINES: ReadonlySet<Event['t']> = new Set([
  'session',
  'turn',
  'prompt',
  'end',
  'denied',
  'held',
  'tool',
  'ask',
  'answer',
]);

/**
 * Notes the time of an event. The `ts` of a line is its own; for the others the time is that of the hooks, since a worker's
 * clock may be wrong by a day, and a pause of a day may be real.
 */
export function recordTime(state: SessionState, { t, ts }: Event): void {
  if (ts === undefined) return;
  if (ts > state.lastTs) state.lastTs = ts;
  if (!HOOK_LINES.has(t)) return;
  if (ts > state.hookTs) state.hookTs = ts;
  const { untimed } = indexOf(state);
  if (untimed.size === 0) return;
  for (const block of untimed) {
    block.dueTs = state.hookTs + (block.ttlMs ?? 0);
    delete block.ttlMs;
  }
  untimed.clear();
}

/** The time at which a line without `ts` happens: the latest one noted, but not long after the hooks. */
export const timeOf = ({ lastTs, hookTs }: SessionState): number =>
  hookTs === 0 ? lastTs : Math.min(lastTs, hookTs + MAX_SHIFT_MS);
