import { shortId } from '#core/base/text.ts';
import type { SessionView } from '#protocol/viewModel.ts';

/** The same sessions, those with the same title with their ids as short as they can be told apart: ten terminals in one folder. */
export function withShortIds(sessions: readonly SessionView[]): SessionView[] {
  return sessions.map((session) => {
    const alike = sessions.filter(({ title }) => title === session.title).map(({ id }) => id);
    return alike.length > 1 ? { ...session, short: shortId(session.id, alike) } : session;
  });
}
