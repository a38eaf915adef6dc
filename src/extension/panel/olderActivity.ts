import { isActivity } from '#core/fold/activity.ts';
import { eventsBefore } from '#core/log/eventsBefore.ts';
import { activityView } from '#core/projection/describeEvent.ts';
import { wordingOf } from '#extension/base/viewTexts.ts';
import type { OlderActivity } from '#protocol/messages.ts';
import type { Session } from '#extension/sessions/session.ts';
import { LoggedSession } from '#extension/sessions/loggedSession.ts';

/** How many rows one answer has at most. */
const MAX_ROWS = 500;

/**
 * The activity of a session before a position of its log: the panel shows it below the newest activity, which is part of
 * every view. A session without a log has no older activity.
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
    const wording = wordingOf(session.state);
    const rows = events.map(({ pos, event }) =>
      activityView({ pos, event, ...(event.ts === undefined ? {} : { ts: event.ts }) }, wording),
    );
    return { ...empty, rows, more: next > 0 };
  } catch (error) {
    onError(error);
    return empty;
  }
}
