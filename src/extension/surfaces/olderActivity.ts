import { isActivity } from '../../core/fold/activity.ts';
import { eventsBefore } from '../../core/log/before.ts';
import { activityView } from '../../core/project/activityWords.ts';
import type { OlderActivity } from '../../protocol/messages.ts';
import type { Session } from '../sessions/session.ts';
import { WatchedSession } from '../sessions/watchedSession.ts';

/** So many rows are one answer. */
const ROWS = 500;

/**
 * What happened in a session before a position of its log: what the panel shows below what is in every view. A session
 * without a log has no more than that.
 */
export function olderActivity(
  session: Session | undefined,
  id: string,
  before: number,
  fault: (error: unknown) => void,
): OlderActivity {
  const none = { session: id, before, rows: [], more: false };
  if (!(session instanceof WatchedSession)) return none;
  try {
    const { events, next } = eventsBefore(session.dir, before, ROWS, isActivity);
    const rows = events.map(({ pos, event }) =>
      activityView({ pos, event, ...(event.ts === undefined ? {} : { ts: event.ts }) }),
    );
    return { ...none, rows, more: next > 0 };
  } catch (error) {
    fault(error);
    return none;
  }
}
