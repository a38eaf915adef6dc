import * as vscode from 'vscode';
import { isAsleep } from '#core/session/waiter.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';

/**
 * After a message was sent to Claude: where it is idle and nothing wakes it, the person learns that, and may go there.
 * @param show a note with one button, whose text it returns where that was pressed
 */
export async function noteIfAsleep(
  session: Pick<LoggedSession, 'live' | 'dir' | 'state' | 'refresh'>,
  show: (note: string, button: string) => PromiseLike<string | undefined>,
  goToClaude: () => PromiseLike<void>,
): Promise<void> {
  if (!session.live || !(await isAsleep(session))) return;
  const button = vscode.l10n.t('Go to Claude');
  const note = vscode.l10n.t('Claude reads your message at its next turn: nothing wakes it here.');
  if ((await show(note, button)) === button) await goToClaude();
}
