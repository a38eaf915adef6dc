import type { Event } from '#protocol/event.ts';
import type { SessionState } from '#protocol/state.ts';
import { pushBounded, LIMITS, type EventPosition } from './state.ts';

/** Events that are bookkeeping: nothing that a person would call an activity. */
const BOOKKEEPING_EVENTS = new Set(['open', 'delivered', 'usage', 'watch', 'dismiss']);

/**
 * Whether an event is something that happened. Of progress only a new phase is: the worker's own row has the rest, and a
 * chatty worker would push everything else out of the list.
 */
export function isActivity(event: Event): boolean {
  return !BOOKKEEPING_EVENTS.has(event.t) && !(event.t === 'progress' && event.phase === undefined);
}

/** Remembers an event as something that happened. */
export function recordActivity(state: SessionState, event: Event, at: EventPosition): void {
  if (isActivity(event)) pushBounded(state.activity, { pos: at.pos, ts: at.ts, event }, LIMITS.activity);
}
