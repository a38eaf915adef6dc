import { isAskedHere } from '#core/fold/asks.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { SessionState } from '#protocol/state.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import { TURN_CONTINUES } from '#core/fold/waking.ts';
import { endOfTask, shellSpawn } from './backgroundTasks.ts';
import type { ClaudeProcess } from './processes.ts';
import type { TranscriptState } from './transcript/transcriptState.ts';

/** What could be over in a moment counts after this time only: between two dialogs Claude Code is busy for a moment. */
const STABLE_MS = 1000;

/** The status of a session in Claude Code's own files. */
export interface ExternalStatus extends Pick<ClaudeProcess, 'status' | 'statusTs'> {
  /** Claude's turn and its background shells as its transcript has them. */
  turn?: TranscriptState['turn'];
  shells?: TranscriptState['shells'];
}

/**
 * The events that a session's log lacks because no hook reports them, while Claude Code's own files do: the person has
 * answered a dialog in the terminal or interrupted a turn, a prompt that waited in its queue began another one, a turn
 * continues after its end was published, or a shell runs in the background. Pure.
 */
export const missingEvents = (state: SessionState, status: ExternalStatus, now: number): NewEvent[] => [
  ...missingTurns(state, status, now),
  ...missingShells(state, status.shells),
];

/**
 * The shells that have gone to the background since then (epoch ms), and the ends of those that are known. By default since the
 * beginning of the turn that is under way: at its end Claude Code lists them to a hook. Pure.
 */
export function missingShells(
  { conductor, workers }: SessionState,
  shells: TranscriptState['shells'] = new Map(),
  fromTs = conductor.state === 'working' || conductor.state === 'waiting' ? conductor.turnTs : undefined,
): NewEvent[] {
  return [...shells].flatMap(([id, { sinceTs, end, ...shell }]): NewEvent[] => {
    const known = workers.get(id);
    if (known !== undefined)
      return end === undefined || hasEnded(known) ? [] : [endOfTask(id, end.status, end.summary)];
    const isNew = end === undefined && fromTs !== undefined && sinceTs >= fromTs;
    return isNew ? [shellSpawn(id, CONDUCTOR, shell)] : [];
  });
}

function missingTurns(state: SessionState, { status, statusTs = 0, turn }: ExternalStatus, now: number): NewEvent[] {
  const { conductor } = state;
  // a session without events lacks none
  const sinceTs = conductor.turnTs ?? Infinity;
  if (conductor.state === 'idle' && status !== 'idle' && turn?.state === 'working') {
    // a transcript is written a moment after the event
    if (turn.refused === true && now - sinceTs >= STABLE_MS)
      return [{ t: 'turn', state: 'working', reason: TURN_CONTINUES }];
    // a hook reports the turn of every prompt but of one that was typed while Claude was busy
    if (turn.sinceTs > sinceTs && now - turn.sinceTs >= STABLE_MS) return [{ t: 'turn', state: 'working' }];
  }
  // background agents keep the status busy
  const isInterrupted =
    turn?.interrupted === true && turn.sinceTs > Math.max(sinceTs, status === 'idle' ? statusTs : 0);
  if (isInterrupted) return endEvents(state, turn.sinceTs);
  if (status === 'idle') return sinceTs < statusTs ? endEvents(state, statusTs) : closedAsks(state, statusTs);
  if (status !== 'busy' || now - statusTs < STABLE_MS) return [];
  const isAnswered = sinceTs < statusTs && conductor.state === 'waiting' && state.asks.size === 0;
  return isAnswered ? [{ t: 'turn', state: 'working' }] : closedAsks(state, statusTs);
}

/** The turn was over at `ts`, with what it asked for. */
function endEvents(state: SessionState, ts: number): NewEvent[] {
  const isOpen = state.conductor.state === 'working' || state.conductor.state === 'waiting';
  return isOpen ? [...closedAsks(state, ts), { t: 'turn', state: 'idle' }] : closedAsks(state, ts);
}

/** The requests in the session's own terminal that are older than `ts`, by when they were answered there. */
function closedAsks(state: SessionState, ts: number): NewEvent[] {
  const open = [...state.asks.values()].filter((ask) => isAskedHere(state, ask) && ask.sinceTs < ts);
  return open.map(({ id }): NewEvent => ({ t: 'answer', ask: id, decision: 'gone', by: USER }));
}
