import * as vscode from 'vscode';
import { findGit } from '#core/install/executables.ts';
import {
  gitHooksStatus,
  installGitHooks,
  uninstallGitHooks,
  type GitHooksOptions,
} from '#core/install/gitHooks/gitHooks.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';
import { installPrograms, nodeToRecord } from './installHooks.ts';

/** "Guard Git for Scripts and People…": puts hooks of git into a repository, or takes them out, when the person agrees. */
export async function guardGit(context: InstallContext): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(
      vscode.l10n.t('Hooks are not installed from a folder in Restricted Mode. Trust the folder first.'),
    );
  const { folders } = hookEnvironment(context.home);
  const folder = await chosenFolder(folders);
  if (folder === undefined) return;
  const git = findGit(process.env, folders);
  if (git === undefined) throw new HumanError(vscode.l10n.t('There is no git on PATH, outside of the opened folders.'));
  const options: GitHooksOptions = { home: context.home, git, folder };
  const { root, hooks, installed, problems } = await gitHooksStatus(options).catch(unusable);
  if (installed && problems.length === 0) return takeOut(options, root);
  const guard = vscode.l10n.t('Guard');
  const detail = [
    vscode.l10n.t(
      'Before a commit, a merge and a push git then looks what your sessions hold, whoever makes them: a script, another agent, you. The terminal shows how to go on.',
    ),
    vscode.l10n.t('Three hooks are written where git looks for them: {0}. Those that are there go on running.', hooks),
    ...problems,
  ].join('\n\n');
  const title = vscode.l10n.t('Guard {0} for scripts and people, too?', root);
  if ((await vscode.window.showWarningMessage(title, { modal: true, detail }, guard)) !== guard) return;
  installPrograms(context, await nodeToRecord(context));
  const { notes } = await installGitHooks(options).catch(unusable);
  const done = vscode.l10n.t('Hooks of git guard {0} now.', root);
  void vscode.window.showInformationMessage([done, ...notes].join(' '));
}

async function takeOut(options: GitHooksOptions, root: string): Promise<void> {
  const remove = vscode.l10n.t('Take Out');
  const title = vscode.l10n.t('Hooks of git guard {0}. Take them out?', root);
  const detail = vscode.l10n.t('What stood there before comes back as it was.');
  if ((await vscode.window.showWarningMessage(title, { modal: true, detail }, remove)) !== remove) return;
  const { notes } = await uninstallGitHooks(options).catch(unusable);
  const done = vscode.l10n.t('The hooks of git were taken out of {0}.', root);
  void vscode.window.showInformationMessage([done, ...notes].join(' '));
}

async function chosenFolder(folders: readonly string[]): Promise<string | undefined> {
  if (folders.length === 0) throw new HumanError(vscode.l10n.t('Open the folder of a repository first.'));
  if (folders.length === 1) return folders[0];
  return (await vscode.window.showWorkspaceFolderPick())?.uri.fsPath;
}

/** What git or the system has against it is a sentence already. */
function unusable(error: unknown): never {
  throw new HumanError((error as Error).message);
}
