import { collisionToSay, editCollisions, type Editor } from '../core/collisions.ts';
import type { TranscriptState } from '../core/transcript/state.ts';
import { CONDUCTOR } from '../protocol/ids.ts';
import type { ReadTranscript, Session } from './session.ts';

/** A session with what is read of it and of sessions that work for it, by the names under which it knows them. */
export interface WatchedEdits {
  session: Session;
  transcript: ReadTranscript | undefined;
  companions: ReadonlyMap<string, TranscriptState>;
}

/**
 * Says in the logs of the sessions concerned that two agents have edited one file. Another window may do the same: the
 * log is read first, and what is said twice is one collision to the fold. Returns whether anything was said.
 */
export function sayCollisions(
  watched: readonly WatchedEdits[],
  now: number,
  refresh: (session: Session) => void,
): boolean {
  const sessions = new Map(watched.map(({ session }) => [session.id, session]));
  let said = false;
  for (const collision of editCollisions(watched.flatMap(editorsOf), now)) {
    for (const id of new Set([collision.earlier.session, collision.later.session])) {
      const session = sessions.get(id);
      if (session === undefined || collisionToSay(session.state, id, collision) === undefined) continue;
      refresh(session);
      const event = collisionToSay(session.state, id, collision);
      if (event === undefined) continue;
      session.tell(now, event);
      said = true;
    }
  }
  return said;
}

function editorsOf({ session, transcript, companions }: WatchedEdits): Editor[] {
  const editor = (agent: string, state: TranscriptState): Editor => ({
    session: session.id,
    agent,
    edits: state.edits,
    fromTs: state.firstTs ?? 0,
    toTs: state.turn?.state === 'idle' ? (state.lastTs ?? 0) : Infinity,
  });
  return [
    ...(transcript === undefined ? [] : [editor(CONDUCTOR, transcript.main)]),
    ...[...(transcript?.agents ?? [])].map(([id, { state }]) => editor(id, state)),
    // one that works for it is there from its first to its last word, idle or not
    ...[...companions].map(([name, state]) => ({ ...editor(name, state), toTs: Infinity })),
  ];
}
