import { isAskedHere } from '#core/fold/asks.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { SessionState } from '#protocol/state.ts';
import { USER } from '#protocol/ids.ts';
import { TURN_CONTINUES } from '#core/fold/waking.ts';
import type { ClaudeProcess } from './processes.ts';

/** A status counts after this time only: between two dialogs Claude Code is busy for a moment. */
const STABLE_MS = 1000;

/** The status of a session in Claude Code's own files. */
export interface ExternalStatus extends Pick<ClaudeProcess, 'status' | 'statusTs'> {
  /** Whether its transcript shows that the turn continues because a hook refused its end. */
  turnContinues?: boolean;
}

/**
 * The events that a session's log lacks because no hook reports them, while Claude Code's own files do: the person has
 * answered a dialog in the terminal or interrupted a turn, or a turn continues after its end was published. Pure.
 */
export function missingEvents(
  state: SessionState,
  { status, statusTs = 0, turnContinues = false }: ExternalStatus,
  now: number,
): NewEvent[] {
  const { conductor } = state;
  // a session without events lacks none
  const sinceTs = conductor.turnTs ?? Infinity;
  // a transcript is written a moment after the event
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
