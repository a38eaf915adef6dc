import { basename } from 'node:path';
import * as vscode from 'vscode';
import { loadSettings } from '#core/base/settings.ts';
import { recordedRuntime } from '#core/install/runtimeFiles.ts';
import { ConnectionProblem, readConnection, type Connection } from '#core/machines/connection.ts';
import { ensureBridge } from '#core/machines/ensureBridge.ts';
import {
  followCommand,
  FollowProblem,
  freshStatus,
  hasFirstBytes,
  makeFollowed,
  offeredSessions,
  type OfferedSession,
} from '#core/machines/follow.ts';
import { readSeat, shareSession, unshareSession } from '#core/session/seat.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import type { InstallContext } from '#extension/install/installContext.ts';

type Context = Pick<InstallContext, 'home' | 'extensionId' | 'extensionPath'>;

/** Machines that are there answer within a moment after the connection. */
const ANSWER_MS = 3000;
const LOOK_MS = 200;

/** "Share Session": lets the machines of the space follow a session whose log is here. `name`: as its person calls it. */
export async function share(context: Context, dir: string, name: string): Promise<void> {
  const seat = readSeat(dir);
  if (seat !== undefined && seat.seat !== seat.machine)
    throw new HumanError(vscode.l10n.t('{0} has this session: it can be shared only there.', seat.seat));
  const connection = connectionOf(context);
  if (connection === undefined) return;
  if (seat === undefined && !(await mayShare(name, connection.space))) return;
  shareSession(dir, { space: connection.space, machine: connection.name });
  startBridge(context.home);
  // not awaited: a notification that is left open must not hold the command
  void offerToCopy(name, followCommand(basename(dir), connection.name));
}

async function mayShare(name: string, space: string): Promise<boolean> {
  const answer = vscode.l10n.t('Share');
  const detail = vscode.l10n.t(
    'Every machine of the space “{0}” can read its log: paths, summaries of calls, messages. Their workers can speak in it. This machine alone decides.',
    space,
  );
  const question = vscode.l10n.t('Share “{0}” with other machines?', name);
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, answer)) === answer;
}

async function offerToCopy(name: string, command: string): Promise<void> {
  const copy = vscode.l10n.t('Copy Command');
  const text = vscode.l10n.t(
    '“{0}” is shared. On another machine “Follow a Session of Another Machine” shows it, or a command in its terminal.',
    name,
  );
  if ((await vscode.window.showInformationMessage(text, copy)) === copy) await vscode.env.clipboard.writeText(command);
}

/** "Stop Sharing Session": the others keep what they have of it. */
export function unshare(dir: string, name: string): void {
  const seat = readSeat(dir);
  if (seat === undefined) throw new HumanError(vscode.l10n.t('“{0}” is not shared.', name));
  if (seat.seat !== seat.machine)
    throw new HumanError(vscode.l10n.t('{0} has this session, and it alone can stop sharing it.', seat.seat));
  unshareSession(dir);
  void vscode.window.showInformationMessage(
    vscode.l10n.t('“{0}” is no longer shared. What other machines have of it stays there.', name),
  );
}

/**
 * "Follow a Session of Another Machine": the person picks one by its name. Returns its id once its copy is here; undefined where the
 * person cancels, or learns why there is none.
 */
export async function follow(context: Context): Promise<string | undefined> {
  const connection = connectionOf(context);
  if (connection === undefined) return undefined;
  const { home } = context;
  const title = vscode.l10n.t('Fermata: looking for the sessions of other machines…');
  const looked = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
    look(home),
  );
  const { problem } = looked;
  if (problem !== undefined) {
    explain(context, vscode.l10n.t('Other machines are not reached: {0}', problem));
    return undefined;
  }
  const picked = await pickSession(context, looked.sessions, connection.space);
  if (picked === undefined) return undefined;
  const dir = made(home, picked, connection);
  startBridge(home);
  const isHere = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Fermata: fetching the session…') },
    () => hasFirstBytes(dir),
  );
  if (isHere) {
    const text = vscode.l10n.t(
      'What you decide here counts on {0} only where its setting fermata.machines.roles calls {1} a person.',
      picked.machine,
      connection.name,
    );
    void offerHelp(context, vscode.window.showInformationMessage, text);
    return picked.session;
  }
  throw new HumanError(
    vscode.l10n.t('Nothing of this session has come from {0} yet. It appears here once it has.', picked.machine),
  );
}

/** The sessions of the machines that are there, or why none can be known. */
async function look(home: string): Promise<{ sessions: OfferedSession[]; problem?: string | undefined }> {
  let status: BridgeStatus | undefined;
  for (let waitedMs = 0; waitedMs < ANSWER_MS; waitedMs += LOOK_MS) {
    status = await freshStatus(home, () => startBridge(home));
    if (status === undefined)
      return { sessions: [], problem: vscode.l10n.t('the bridge of this machine does not start') };
    const sessions = offeredSessions(status, Date.now());
    if (sessions.length > 0) return { sessions };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return { sessions: [], problem: status?.connected === true ? undefined : status?.problem };
}

async function pickSession(
  context: Context,
  sessions: readonly OfferedSession[],
  space: string,
): Promise<OfferedSession | undefined> {
  if (sessions.length === 0) {
    const text = vscode.l10n.t(
      'No other machine of the space “{0}” shares a session. Share one there with “Share Session with Other Machines”, or with fermata share in its terminal.',
      space,
    );
    void offerHelp(context, vscode.window.showInformationMessage, text);
    return undefined;
  }
  const choices = sessions.map((offered) => ({
    label: offered.name ?? offered.project ?? offered.session,
    description: offered.machine,
    ...(offered.project === undefined ? {} : { detail: offered.project }),
    value: offered,
  }));
  const title = vscode.l10n.t('Follow a Session of Another Machine');
  return pickOne(choices, title, vscode.l10n.t('Which session do you want to see here?'));
}

function made(home: string, picked: OfferedSession, connection: Connection): string {
  try {
    return makeFollowed(home, picked, connection);
  } catch (error) {
    if (error instanceof FollowProblem)
      throw new HumanError(vscode.l10n.t('This session cannot be followed here: {0}', error.message));
    throw error;
  }
}

/** The connection that the settings name; where there is none, the person learns what is missing. */
function connectionOf(context: Context): Connection | undefined {
  if (recordedRuntime(context.home) === undefined)
    throw new HumanError(
      vscode.l10n.t('Install the hooks first: they come with what connects this machine with others.'),
    );
  try {
    const connection = readConnection(loadSettings(context.home, undefined));
    if (connection !== undefined) return connection;
    explain(
      context,
      vscode.l10n.t(
        'No server is named that connects this machine with others. Name it in fermata.machines.url, or run one here: fermata machines serve',
      ),
    );
  } catch (error) {
    if (!(error instanceof ConnectionProblem)) throw error;
    explain(context, vscode.l10n.t('The settings make no connection with other machines: {0}', error.message));
  }
  return undefined;
}

function explain(context: Context, text: string): void {
  // not awaited: a notification that is left open must not hold the command
  void offerHelp(context, vscode.window.showErrorMessage, text);
}

async function offerHelp(
  { extensionId, extensionPath }: Context,
  show: (text: string, ...buttons: string[]) => Thenable<string | undefined>,
  text: string,
): Promise<void> {
  const [settings, help] = [vscode.l10n.t('Open Settings'), vscode.l10n.t('How It Works')];
  const choice = await show(text, settings, help);
  if (choice === settings)
    await vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${extensionId} machines`);
  if (choice === help)
    await vscode.commands.executeCommand(
      'markdown.showPreview',
      vscode.Uri.joinPath(vscode.Uri.file(extensionPath), 'docs', 'machines.md'),
    );
}

function startBridge(home: string): void {
  const { node, env } = recordedRuntime(home) ?? {};
  ensureBridge(home, { ...process.env, ...env }, Date.now(), node);
}
