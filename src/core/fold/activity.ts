import type { Event, EventOf } from '#protocol/event.ts';
import { BOOKKEEPING_EVENTS } from '#protocol/eventTraits.ts';
import type { SessionState } from '#protocol/state.ts';
import { hookMessage, isBlocking, rewrittenInput } from './hookMessage.ts';
import { pushBounded, LIMITS, type EventPosition } from './state.ts';

const BOOKKEEPING: ReadonlySet<Event['t']> = new Set(BOOKKEEPING_EVENTS);

/**
 * Whether an event belongs into the list of activity. Of progress only a new phase does: the worker's own row shows the
 * rest, and a chatty worker would push everything else out of the list. A hook that neither informs nor decides does not.
 */
export function isActivity(event: Event): boolean {
  if (event.t === 'progress') return event.phase !== undefined;
  if (event.t === 'hook') return acts(event);
  return !BOOKKEEPING.has(event.t);
}

const acts = (event: EventOf<'hook'>): boolean =>
  event.exit !== 0 || isBlocking(event) || hookMessage(event) !== '' || rewrittenInput(event) !== undefined;

/** Adds an event to the list of activity, if it belongs there. */
export function recordActivity(state: SessionState, event: Event, at: EventPosition): void {
  if (isActivity(event)) pushBounded(state.activity, { pos: at.pos, ts: at.ts, event }, LIMITS.activity);
}
