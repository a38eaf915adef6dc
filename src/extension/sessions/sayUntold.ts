import { untold, type OwnAccount } from '../../core/session/untold.ts';
import type { WatchedSession } from './watchedSession.ts';

/**
 * Says in a session's log what Claude Code's own files tell of it and no hook does. Another window may do the same: the
 * log is read first. Returns whether anything was said.
 */
export function sayUntold(session: WatchedSession, account: OwnAccount, now: number): boolean {
  if (untold(session.state, account, now).length === 0) return false;
  session.refresh();
  const events = untold(session.state, account, now);
  for (const event of events) session.tell(now, event);
  return events.length > 0;
}
