import { isAskedHere } from '#core/fold/asks.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { SessionState } from '#protocol/state.ts';
import { USER } from '#protocol/ids.ts';
import { TURN_CONTINUES } from '#core/fold/waking.ts';

/** A status must have stood so long: between two dialogs Claude Code is busy for a moment. */
const STABLE_MS = 1000;

/** What Claude Code's own files tell of a session. All times epoch ms. */
export interface ExternalStatus {
  /** Its own word for what it does, of a session in a terminal, and since when. */
  status?: 'busy' | 'waiting' | 'idle';
  statusTs?: number;
  /** Its transcript tells that the turn goes on because a hook refused its end. */
  turnContinues?: boolean;
}

/**
 * What is to be said in a session's log because its own files tell it and no hook does: a dialog that the person has
 * answered in the terminal, a turn that they have interrupted, one that goes on though its end was said. Pure.
 */
export function missingEvents(
  state: SessionState,
  { status, statusTs = 0, turnContinues = false }: ExternalStatus,
  now: number,
): NewEvent[] {
  const { conductor } = state;
  // of a session that has not said anything yet, nothing is behind
  const sinceTs = conductor.turnTs ?? Infinity;
  // a transcript is written a moment after what it tells of
  if (turnContinues && conductor.state === 'idle' && status !== 'idle' && now - sinceTs >= STABLE_MS)
    return [{ t: 'turn', state: 'working', reason: TURN_CONTINUES }];
  if (now - statusTs < STABLE_MS) return [];
  const openAsks = [...state.asks.values()].filter((ask) => isAskedHere(state, ask) && ask.sinceTs < statusTs);
  const closingEvents = openAsks.map(({ id }): NewEvent => ({ t: 'answer', ask: id, decision: 'gone', by: USER }));
  const isBehind = sinceTs < statusTs;
  if (status === 'idle') {
    const isOver = isBehind && (conductor.state === 'working' || conductor.state === 'waiting');
    return isOver ? [...closingEvents, { t: 'turn', state: 'idle' }] : closingEvents;
  }
  if (status !== 'busy') return [];
  const isAnswered = isBehind && conductor.state === 'waiting' && state.asks.size === 0;
  return isAnswered ? [{ t: 'turn', state: 'working' }] : closingEvents;
}
