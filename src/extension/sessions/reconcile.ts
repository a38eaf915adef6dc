import { missingEvents, type ExternalStatus } from '#core/claude/reconcile.ts';
import type { LoggedSession } from './loggedSession.ts';

/**
 * Says in a session's log what Claude Code's own files tell of it and no hook does. Another window may do the same: the
 * log is read first. Returns whether anything was said.
 */
export function reconcile(session: LoggedSession, status: ExternalStatus, now: number): boolean {
  if (missingEvents(session.state, status, now).length === 0) return false;
  session.refresh();
  const events = missingEvents(session.state, status, now);
  for (const event of events) session.append(now, event);
  return events.length > 0;
}
