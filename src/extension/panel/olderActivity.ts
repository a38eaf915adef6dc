import { isActivity } from '#core/fold/activity.ts';
import { eventsBefore } from '#core/log/eventsBefore.ts';
import { activityView } from '#core/projection/describeEvent.ts';
import type { OlderActivity } from '#protocol/messages.ts';
import type { Session } from '#extension/sessions/session.ts';
import { LoggedSession } from '#extension/sessions/loggedSession.ts';

/** So many rows are one answer. */
const MAX_ROWS = 500;

/**
 * What happened in a session before a position of its log: what the panel shows below what is in every view. A session
 * without a log has no more than that.
 */
export function olderActivity(
  session: Session | undefined,
  id: string,
  before: number,
  onError: (error: unknown) => void,
): OlderActivity {
  const empty = { session: id, before, rows: [], more: false };
  if (!(session instanceof LoggedSession)) return empty;
  try {
    const { events, next } = eventsBefore(session.dir, before, MAX_ROWS, isActivity);
    const rows = events.map(({ pos, event }) =>
      activityView({ pos, event, ...(event.ts === undefined ? {} : { ts: event.ts }) }),
    );
    return { ...empty, rows, more: next > 0 };
  } catch (error) {
    onError(error);
    return empty;
  }
}
