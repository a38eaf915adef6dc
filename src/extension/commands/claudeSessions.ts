import { basename } from 'node:path';
import * as vscode from 'vscode';
import { isAncestor } from '#core/base/processes.ts';
import { sessionView } from '#core/projection/toViewModel.ts';
import { JoinRefused, joinSession } from '#core/session/join.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { pickOne, type Choice } from '#extension/base/quickPick.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { conductorStateLabel } from '#extension/status/describeSession.ts';
import type { CommandSources } from './command.ts';
import { viewTexts } from '#extension/base/viewTexts.ts';

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
 * "Focus Terminal": shows the terminal in which a session's Claude runs. A session that has ended is resumed in a new
 * terminal, and one in the background is shown in one. Throws where its Claude runs outside this window.
 * @param job Claude Code's id of a session in the background
 */
export async function focusTerminal(session: LoggedSession, claudePath: string, job?: string): Promise<void> {
  if (!session.live || job !== undefined) {
    if (session.project === undefined)
      throw new HumanError(vscode.l10n.t('Nobody said in which folder this session ran.'));
    startClaude(session.project, claudePath, job === undefined ? ['--resume', session.id] : ['attach', job]);
    return;
  }
  const { pid } = session;
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

/** The person's shell finds `claude` as it does in any terminal; a path from the settings is run without a shell. */
function startClaude(cwd: string, claudePath: string, args: string[]): void {
  const name = `Claude Code: ${basename(cwd)}`;
  const shellOptions = claudePath === '' ? {} : { shellPath: claudePath, shellArgs: args };
  // where the shell is cmd.exe, it would run a `claude` of the folder before that of PATH
  const env = { NoDefaultCurrentDirectoryInExePath: '1' };
  const terminal = vscode.window.createTerminal({ name, cwd, env, ...shellOptions });
  terminal.show();
  // the id of a session or a job consists of letters, digits, - and _, so the shell needs no quoting
  if (claudePath === '') terminal.sendText(['claude', ...args].join(' '));
}

/**
 * "Join Sessions": asks which live session of this window joins which other one, and joins them. Returns the message for
 * the person; undefined when the person cancels.
 */
export async function joinSessions(
  { home, store, trusted }: Pick<CommandSources, 'home' | 'store' | 'trusted'>,
  pick = pickOne,
): Promise<string | undefined> {
  if (!trusted())
    throw new HumanError(vscode.l10n.t('In Restricted Mode Fermata only watches. Trust the folder first.'));
  const live = store.list().filter((session) => session.live);
  if (live.length < 2)
    throw new HumanError(
      vscode.l10n.t('Joining takes two live sessions of Claude Code in this window. Start another one first.'),
    );
  const choice = (session: LoggedSession): Choice<LoggedSession> => ({
    label: sessionView(session.state, { id: session.folder, live: session.live, texts: viewTexts() }).name,
    description: conductorStateLabel(session.state.conductor.state),
    detail: session.project,
    value: session,
  });
  const first = await pick(
    live.map(choice),
    vscode.l10n.t('Join Sessions (1/2)'),
    vscode.l10n.t('The session that becomes a worker of another one'),
  );
  if (first === undefined) return undefined;
  const others = live.filter((session) => session !== first);
  const second = await pick(
    others.map(choice),
    vscode.l10n.t('Join Sessions (2/2)'),
    vscode.l10n.t('The session whose locks and votes both share'),
  );
  if (second === undefined) return undefined;
  try {
    const { worker } = joinSession({ home, session: first.folder, target: second.folder, now: Date.now() });
    return vscode.l10n.t('This session is {0} of {1} now, until it ends.', worker, choice(second).label);
  } catch (error) {
    if (error instanceof JoinRefused)
      throw new HumanError(vscode.l10n.t('These sessions cannot be joined: {0}.', error.message));
    throw error;
  } finally {
    store.refresh(first);
    store.refresh(second);
  }
}
