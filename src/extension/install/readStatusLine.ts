import * as vscode from 'vscode';
import { oldestClaude } from '#core/install/executables.ts';
import { installedLocations, locationOptions } from '#core/install/hookLocations.ts';
import { applyInstall, planInstall } from '#core/install/installer.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';
import { installPrograms, nodeToRecord, unwrapPlan } from './installHooks.ts';

/** "Read Claude Code's Status Line…": puts a program before the command of the person's status line, when the person agrees. */
export async function readStatusLine(context: InstallContext): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(
      vscode.l10n.t('Hooks are not installed from a folder in Restricted Mode. Trust the folder first.'),
    );
  const environment = hookEnvironment(context.home);
  const location = installedLocations(environment).find(({ scope }) => scope === 'user');
  if (location === undefined)
    throw new HumanError(
      vscode.l10n.t('Install the hooks for you, in every project, first: the status line is yours too.'),
    );
  const claude = await oldestClaude(context.settings().claudePath, process.env, environment.folders);
  const options = {
    ...locationOptions(location, environment),
    claude,
    permissions: 'asBefore',
    statusLine: true,
  } as const;
  const plan = unwrapPlan(planInstall(options));
  const install = vscode.l10n.t('Install');
  const detail = [
    vscode.l10n.t(
      'Claude Code hands to it what a session costs in dollars and how much of your subscription’s windows is used. Fermata keeps these figures, for budgets and the panel.',
    ),
    vscode.l10n.t(
      'Your own status line shows what it does now. Uninstall Hooks restores the file to the byte: {0}',
      plan.file.path,
    ),
  ].join('\n\n');
  const title = vscode.l10n.t('Read Claude Code’s status line?');
  if (plan.changed && (await vscode.window.showWarningMessage(title, { modal: true, detail }, install)) !== install)
    return;
  installPrograms(context, await nodeToRecord(context));
  const outcome = applyInstall(plan);
  if (!outcome.ok) throw new HumanError(outcome.message);
  void vscode.window.showInformationMessage(
    vscode.l10n.t('Fermata reads the status line of the sessions that you start from now on.'),
  );
}
