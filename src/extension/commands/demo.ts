import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { homePaths } from '#core/base/paths.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { VIEWS } from '#extension/base/ids.ts';
import type { InstallContext } from '#extension/install/installContext.ts';
import { installPrograms, nodeToRecord } from '#extension/install/installHooks.ts';
import type { SessionStore } from '#extension/sessions/sessionStore.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import type { CommandSources } from './command.ts';

/** How long a demo's session may take to appear. */
const TIMEOUT_MS = 20_000;

/**
 * "Play the Demo": shows a session with real workers in a project of its own. A demo that is already playing is shown
 * instead of a second one. Throws when its session does not appear.
 */
export async function playDemo({ install, store, selection }: CommandSources): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(vscode.l10n.t('The demo is not played in Restricted Mode. Trust the folder first.'));
  const { demo, demoProgram } = homePaths(install.home);
  const playing = store.list().find(({ live, project }) => live && project === demo);
  selection.choose(playing ?? (await start(install, store, demoProgram)));
  await vscode.commands.executeCommand(`${VIEWS.panel}.focus`);
}

async function start(install: InstallContext, store: SessionStore, program: string): Promise<LoggedSession> {
  const node = await nodeToRecord(install);
  installPrograms(install, node);
  const id = `demo-${randomBytes(4).toString('hex')}`;
  const env = { ...process.env, ...(node.electron ? { ELECTRON_RUN_AS_NODE: '1' } : {}) };
  const child = spawn(node.path, [program, '--session', id, '--until-eof'], {
    env,
    detached: true,
    // the demo ends with this window, which holds the other end of its input
    stdio: ['pipe', 'ignore', 'pipe'],
    windowsHide: true,
  });
  child.unref();
  return waitForSession(store, id, child);
}

/** Resolves to the demo's session once its hook has created it; rejects when the process ends first. */
function waitForSession(store: SessionStore, id: string, child: ChildProcess): Promise<LoggedSession> {
  return new Promise((resolve, reject) => {
    let stderrText = '';
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      listener.dispose();
      finish();
    };
    const fail = (reason: string): void =>
      settle(() => reject(new HumanError(vscode.l10n.t('The demo did not begin: {0}', reason))));
    const timer = setTimeout(() => fail(vscode.l10n.t('its session did not appear.')), TIMEOUT_MS);
    const listener = store.onDidChange(() => {
      const session = store.list().find((session) => session.id === id);
      if (session !== undefined) settle(() => resolve(session));
    });
    child.stderr?.on('data', (chunk: Buffer) => (stderrText = (stderrText + chunk.toString('utf8')).slice(-2000)));
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(stderrText.trim() || vscode.l10n.t('it ended with code {0}.', String(code))));
  });
}
