import type { Event } from '../../protocol/event.ts';
import type { SessionState } from '../../protocol/state.ts';
import { keep, KEPT, type At } from './state.ts';

/** Events that are bookkeeping: nothing that a person would call an activity. */
const QUIET = new Set(['open', 'delivered', 'usage', 'watch', 'dismiss']);

/**
 * Whether an event is something that happened. Of progress only a new phase is: the worker's own row has the rest, and a
 * chatty worker would push everything else out of the list.
 */
export function isActivity(event: Event): boolean {
  return !QUIET.has(event.t) && !(event.t === 'progress' && event.phase === undefined);
}

/** Remembers an event as something that happened. */
export function remember(state: SessionState, event: Event, at: At): void {
  if (isActivity(event)) keep(state.activity, { pos: at.pos, ts: at.ts, event }, KEPT.activity);
}
