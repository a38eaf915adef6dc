import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { oldestClaude } from '#core/install/executables.ts';
import { findNode, type NodeRuntime } from '#core/install/findNode.ts';
import { applyInstall, planInstall, uninstall, type InstallPlan } from '#core/install/installer.ts';
import {
  hookLocations,
  installedLocations,
  locationOptions,
  type HookLocation,
  type InstallEnvironment,
} from '#core/install/hookLocations.ts';
import { modFolder, readModFolder, removeMod, modLocation } from '#core/install/mod/modFolder.ts';
import { otherHomes } from '#core/install/repair.ts';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { settingsPath, type Refusal } from '#core/install/settings/claudeSettingsFile.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { VIEWS } from '#extension/base/ids.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';
import type { InstallAnswer } from './installQuestion.ts';

const SCOPES: Record<HookLocation['scope'], string> = {
  user: vscode.l10n.t('For you, in every project'),
  local: vscode.l10n.t('For you, in this project'),
  project: vscode.l10n.t('For everyone who shares this project'),
};

/** "Watch All My Claude Sessions…": asks for the scope (unless it is given), shows the change, and makes it when the person agrees. */
export async function installHooks(context: InstallContext, scope?: string): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(
      vscode.l10n.t('Hooks are not installed from a folder in Restricted Mode. Trust the folder first.'),
    );
  const environment = hookEnvironment(context.home);
  const location = await pickLocation(context, environment, scope);
  if (location === undefined) return;
  const node = await nodeToRecord(context);
  const claude = await oldestClaude(context.settings().claudePath, process.env, environment.folders);
  const planFor = (permissions: boolean): InstallPlan | Refusal =>
    planInstall({
      ...locationOptions(location, environment),
      permissions,
      formerHomes: otherHomes(location, environment),
      ...(process.platform === 'win32' ? { windowsNode: node.path, electron: node.electron } : {}),
      claude,
    });
  const plan = unwrapPlan(planFor(true));
  if (await context.question.reveal(plan.file.path)) return;
  const answer = plan.changed ? await ask(context, plan) : 'install';
  if (answer === undefined) return;
  installPrograms(context, node);
  const outcome = applyInstall(answer === 'withoutRules' ? unwrapPlan(planFor(false)) : plan);
  if (!outcome.ok) throw new HumanError(outcome.message);
  context.question.setWatching(true);
  // not awaited: a notification that is left open must not hold the command
  void vscode.window.showInformationMessage([outcome.message, ...outcome.notes].join(' '));
}

/** "Uninstall Hooks": restores the settings files as they were before the installation. */
export async function uninstallHooks(context: InstallContext): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(
      vscode.l10n.t('Hooks are not removed from a folder in Restricted Mode. Trust the folder first.'),
    );
  const environment = hookEnvironment(context.home);
  const place = modLocation(environment);
  const plugin = {
    label: modFolder(place),
    description: vscode.l10n.t('The plugin in Claude Code'),
    picked: true,
    remove: () => removeMod(place),
  };
  const items = [
    ...installedLocations(environment).map((location) => ({
      label: settingsPath(locationOptions(location, environment)),
      description: SCOPES[location.scope],
      picked: true,
      remove: () => uninstall(locationOptions(location, environment)),
    })),
    ...(readModFolder(place).state === 'absent' ? [] : [plugin]),
  ];
  if (items.length === 0)
    throw new HumanError(vscode.l10n.t('There are no hooks of Fermata in the settings that count here.'));
  const picked = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: vscode.l10n.t('Uninstall Hooks'),
    placeHolder: vscode.l10n.t('Remove the hooks from these files'),
  });
  const outcomes = (picked ?? []).map(({ remove }) => remove());
  const failed = outcomes.filter((outcome) => !outcome.ok);
  if (failed.length > 0) throw new HumanError(failed.map(({ message }) => message).join(' '));
  if (outcomes.length > 0) void vscode.window.showInformationMessage(outcomes.map(({ message }) => message).join(' '));
}

async function pickLocation(
  { settings }: InstallContext,
  environment: InstallEnvironment,
  scope: string | undefined,
): Promise<HookLocation | undefined> {
  const preferred = settings()['hooks.scope'];
  const locations = hookLocations(environment.folders)
    .filter((location) => scope === undefined || location.scope === scope)
    .toSorted((a, b) => Number(b.scope === preferred) - Number(a.scope === preferred));
  if (locations.length === 0)
    throw new HumanError(vscode.l10n.t('Only this project: there is no folder open. Open one first.'));
  if (scope !== undefined && locations.length === 1) return locations[0];
  const items = locations.map((location) => ({
    label:
      SCOPES[location.scope] +
      (environment.folders.length > 1 && location.projectDir !== undefined
        ? ` (${basename(location.projectDir)})`
        : ''),
    description: settingsPath(locationOptions(location, environment)),
    value: location,
  }));
  return pickOne(
    items,
    vscode.l10n.t('Watch All My Claude Sessions'),
    vscode.l10n.t('Where should Claude Code find them?'),
  );
}

/** Shows the change and asks in the panel and in the title of the diff, until it is answered or the diff is closed. */
async function ask({ previews, question }: InstallContext, plan: InstallPlan): Promise<InstallAnswer> {
  const { file, before, after, adds, notes } = plan;
  const title = vscode.l10n.t("Install Fermata's hooks: {0}", file.path);
  // first the panel, so that the diff has the focus
  await vscode.commands.executeCommand(`${VIEWS.panel}.focus`);
  const diff = await previews.showDiff(basename(file.path), before ?? '', after ?? '', title);
  return question.ask({ file: file.path, ...adds, notes }, diff);
}

/** Throws where the plan is a refusal; the settings file is opened at the line and column of the problem. */
export function unwrapPlan(plan: InstallPlan | Refusal): InstallPlan {
  if (plan.ok) return plan;
  const { message, file, line, column } = plan.problem;
  if (line === undefined)
    throw new HumanError(
      message.includes(file)
        ? vscode.l10n.t('{0}. Nothing was changed.', message)
        : vscode.l10n.t('{0} in {1}. Nothing was changed.', message, file),
    );
  const position = new vscode.Position(line - 1, (column ?? 1) - 1);
  void vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(position, position) });
  throw new HumanError(
    vscode.l10n.t('{0} in {1} (line {2}, column {3}). Nothing was changed.', message, file, line, column ?? 1),
  );
}

/** The Node that runs hooks and workers. Throws where the setting names one that cannot. */
export async function nodeToRecord({ home, settings }: InstallContext): Promise<NodeRuntime> {
  const node = await findNode(settings().nodePath, process.env, hookEnvironment(home).folders);
  if (node.note !== undefined)
    throw new HumanError(vscode.l10n.t('{0}. Correct the setting or leave it empty.', node.note));
  return node;
}

/** Copies the programs into the Fermata home, where they outlive this version of the extension. */
export function installPrograms(
  { home, extensionPath, version }: InstallContext,
  { path, electron }: NodeRuntime,
): void {
  const distDir = join(extensionPath, 'dist');
  const outcome = installRuntime({ home, distDir, nodePath: path, electron, version });
  if (!outcome.ok) throw new HumanError(outcome.message);
}
