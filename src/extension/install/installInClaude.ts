import * as vscode from 'vscode';
import { readTextIfAny } from '#core/base/files/readFile.ts';
import { homePaths } from '#core/base/paths.ts';
import { isOlder, SINCE } from '#core/claude/versions.ts';
import { oldestClaude } from '#core/install/executables.ts';
import { installedLocations } from '#core/install/hookLocations.ts';
import { installMod, modFolder, modLocation } from '#core/install/mod/modFolder.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';
import { installPrograms, nodeToRecord } from './installHooks.ts';

/** "Install in Claude Code Too…": puts the plugin into Claude Code's folder of skills, when the person agrees. */
export async function installInClaude(context: InstallContext): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(
      vscode.l10n.t('Hooks are not installed from a folder in Restricted Mode. Trust the folder first.'),
    );
  const environment = hookEnvironment(context.home);
  if (installedLocations(environment).length === 0)
    throw new HumanError(vscode.l10n.t('Install the hooks first: the plugin only shows what they hold.'));
  const place = modLocation(environment);
  const claude = await oldestClaude(context.settings().claudePath, process.env, environment.folders);
  const install = vscode.l10n.t('Install');
  const detail = [
    vscode.l10n.t(
      'Claude Code then shows in its own window what is held, with a button to let it run, and what waits for you.',
    ),
    vscode.l10n.t(
      'Anthropic calls such plugins early access: a newer Claude Code may not run it. The hooks stay the ones that hold.',
    ),
    ...(claude !== undefined && isOlder(claude, SINCE.runsMods)
      ? [vscode.l10n.t('Claude Code {0} does not run such plugins yet ({1} does).', claude, SINCE.runsMods)]
      : []),
    vscode.l10n.t('No settings are changed; one folder is made: {0}', modFolder(place)),
  ].join('\n\n');
  const title = vscode.l10n.t('Install Fermata in Claude Code too?');
  if ((await vscode.window.showWarningMessage(title, { modal: true, detail }, install)) !== install) return;
  installPrograms(context, await nodeToRecord(context));
  const module = readTextIfAny(homePaths(context.home).modModule) ?? '';
  const outcome = installMod({ ...place, module, version: context.version });
  if (!outcome.ok) throw new HumanError(outcome.message);
  const next = vscode.l10n.t('Sessions that run already take it after /reload-plugins.');
  void vscode.window.showInformationMessage(`${outcome.message} ${next}`);
}
