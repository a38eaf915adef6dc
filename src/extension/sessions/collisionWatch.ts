import { missingCollision, editCollisions, type Editor } from '#core/claude/transcript/editCollisions.ts';
import type { TranscriptState } from '#core/claude/transcript/transcriptState.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { TrackedTranscript, Session } from './session.ts';

/** A session with its transcript and those of its workers. */
interface SessionEdits {
  session: Session;
  transcript: TrackedTranscript | undefined;
}

/**
 * Publishes in the sessions' logs that two agents have edited one file. Another window may do the same, so the log is read
 * first; the fold takes a repeated event for the same collision.
 */
export function publishCollisions(
  sessionEdits: readonly SessionEdits[],
  now: number,
  refresh: (session: Session) => void,
): void {
  const sessions = new Map(sessionEdits.map(({ session }) => [session.id, session]));
  for (const collision of editCollisions(sessionEdits.flatMap(editorsOf), now)) {
    for (const id of new Set([collision.earlier.session, collision.later.session])) {
      const session = sessions.get(id);
      if (session === undefined || missingCollision(session.state, id, collision) === undefined) continue;
      refresh(session);
      const event = missingCollision(session.state, id, collision);
      if (event !== undefined) session.append(now, event);
    }
  }
}

function editorsOf({ session, transcript }: SessionEdits): Editor[] {
  if (transcript === undefined) return [];
  const editor = (agent: string, state: TranscriptState, toTs: number): Editor => ({
    session: session.id,
    agent,
    edits: state.edits,
    fromTs: state.firstTs ?? 0,
    toTs,
  });
  return [
    editor(CONDUCTOR, transcript.main, Infinity),
    ...[...transcript.agents].map(([name, { state, ownSession }]) =>
      // a joined session still works between its turns; a subagent has a single turn
      editor(name, state, ownSession !== true && state.turn?.state === 'idle' ? (state.lastTs ?? 0) : Infinity),
    ),
  ];
}
