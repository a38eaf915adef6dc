import type { Event } from '#protocol/event.ts';
import { BOOKKEEPING_EVENTS } from '#protocol/eventTraits.ts';
import type { SessionState } from '#protocol/state.ts';
import { pushBounded, LIMITS, type EventPosition } from './state.ts';

const BOOKKEEPING: ReadonlySet<Event['t']> = new Set(BOOKKEEPING_EVENTS);

/**
 * Whether an event belongs into the list of activity. Of progress only a new phase does: the worker's own row shows the
 * rest, and a chatty worker would push everything else out of the list.
 */
export function isActivity(event: Event): boolean {
  return !BOOKKEEPING.has(event.t) && !(event.t === 'progress' && event.phase === undefined);
}

/** Adds an event to the list of activity, if it belongs there. */
export function recordActivity(state: SessionState, event: Event, at: EventPosition): void {
  if (isActivity(event)) pushBounded(state.activity, { pos: at.pos, ts: at.ts, event }, LIMITS.activity);
}
