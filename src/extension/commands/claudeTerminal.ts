import { basename } from 'node:path';
import * as vscode from 'vscode';
import { isAncestor } from '#core/base/processes.ts';
import { readSessionInfo } from '#core/session/info.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';

/** "New Session": Claude Code in a terminal of its own, in a folder of this window. */
export async function newSession(claudePath: string): Promise<void> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length === 0) throw new HumanError(vscode.l10n.t('Claude Code works in a folder. Open one first.'));
  const choices = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, value: folder }));
  const folder =
    folders.length === 1
      ? folders[0]
      : await pickOne(choices, vscode.l10n.t('New Session'), vscode.l10n.t('In which folder?'));
  if (folder !== undefined) startClaude(folder.uri.fsPath, claudePath, []);
}

/**
 * "Focus Terminal": the terminal in which a session's Claude runs; a session that has ended goes on in a new one.
 * Throws where its Claude runs outside this window.
 */
export async function focusTerminal(session: LoggedSession, claudePath: string): Promise<void> {
  if (!session.live) {
    if (session.project === undefined)
      throw new HumanError(vscode.l10n.t('Nobody said in which folder this session ran.'));
    startClaude(session.project, claudePath, ['--resume', session.id]);
    return;
  }
  const pid = readSessionInfo(session.dir)?.pid;
  for (const terminal of pid === undefined ? [] : vscode.window.terminals) {
    const shell = await terminal.processId;
    if (pid === undefined || shell === undefined || !isAncestor(shell, pid)) continue;
    terminal.show();
    return;
  }
  throw new HumanError(
    pid === undefined
      ? vscode.l10n.t('Claude Code runs in no terminal of this window. Look where you started it.')
      : vscode.l10n.t('Claude Code runs in no terminal of this window (process {0}). Look where you started it.', pid),
  );
}

/** The person's own shell starts it, so that it is found as they find it; a path from the settings is run as it is. */
function startClaude(cwd: string, claudePath: string, args: string[]): void {
  const name = `Claude Code: ${basename(cwd)}`;
  const shellOptions = claudePath === '' ? {} : { shellPath: claudePath, shellArgs: args };
  const terminal = vscode.window.createTerminal({ name, cwd, ...shellOptions });
  terminal.show();
  // a session id is letters, digits, - and _: nothing for a shell to take apart
  if (claudePath === '') terminal.sendText(['claude', ...args].join(' '));
}
