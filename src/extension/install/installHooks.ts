import { basename } from 'node:path';
import * as vscode from 'vscode';
import { applyInstall, planInstall, uninstall } from '#core/install/installer.ts';
import type { InstallPlan, Refusal } from '#core/install/installer.ts';
import {
  hookLocations,
  installedLocations,
  locationOptions,
  type HookLocation,
  type InstallEnvironment,
} from '#core/install/hookLocations.ts';
import { otherHomes } from '#core/install/repair.ts';
import { settingsPath } from '#core/install/settings/claudeSettingsFile.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import type { Previews } from '#extension/editors/previews.ts';
import { nodeToRecord, installPrograms } from './programs.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';

const INSTALL = vscode.l10n.t('Install');
const WITHOUT_RULES = vscode.l10n.t('Install Without Permission Rules');

const SCOPES: Record<HookLocation['scope'], string> = {
  user: vscode.l10n.t('For you, in every project'),
  local: vscode.l10n.t('For you, in this project'),
  project: vscode.l10n.t('For everyone who shares this project'),
};

/** "Install Hooks…": asks where (unless told), shows what would change, and changes it when the person agrees. */
export async function installHooks(context: InstallContext, scope?: string): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(
      vscode.l10n.t('Hooks are not installed from a folder in Restricted Mode. Trust the folder first.'),
    );
  const environment = hookEnvironment(context.home);
  const place = await pickPlace(context, environment, scope);
  if (place === undefined) return;
  const node = await nodeToRecord(context);
  const windows = process.platform === 'win32' ? { windowsNode: node.path } : {};
  const planFor = (permissions: boolean): InstallPlan | Refusal =>
    planInstall({
      ...locationOptions(place, environment),
      permissions,
      formerHomes: otherHomes(place, environment),
      ...windows,
    });
  const plan = unwrapPlan(planFor(true));
  const choice = plan.changed ? await confirm(context.previews, plan) : INSTALL;
  if (choice === undefined) return;
  installPrograms(context, node);
  const outcome = applyInstall(choice === WITHOUT_RULES ? unwrapPlan(planFor(false)) : plan);
  if (!outcome.ok) throw new HumanError(outcome.message);
  // not awaited: the notification may stay for as long as it likes
  void vscode.window.showInformationMessage([outcome.message, ...outcome.notes].join(' '));
}

/** "Uninstall Hooks": leaves the settings files as they were before. */
export async function uninstallHooks(context: InstallContext): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(
      vscode.l10n.t('Hooks are not removed from a folder in Restricted Mode. Trust the folder first.'),
    );
  const environment = hookEnvironment(context.home);
  const places = installedLocations(environment);
  if (places.length === 0)
    throw new HumanError(vscode.l10n.t('There are no hooks of Fermata in the settings that count here.'));
  const items = places.map((place) => ({
    label: settingsPath(locationOptions(place, environment)),
    description: SCOPES[place.scope],
    picked: true,
    place,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: vscode.l10n.t('Uninstall Hooks'),
    placeHolder: vscode.l10n.t('Remove the hooks from these files'),
  });
  const outcomes = (picked ?? []).map(({ place }) => uninstall(locationOptions(place, environment)));
  const failed = outcomes.filter((outcome) => !outcome.ok);
  if (failed.length > 0) throw new HumanError(failed.map(({ message }) => message).join(' '));
  if (outcomes.length > 0) void vscode.window.showInformationMessage(outcomes.map(({ message }) => message).join(' '));
}

async function pickPlace(
  { settings }: InstallContext,
  environment: InstallEnvironment,
  scope: string | undefined,
): Promise<HookLocation | undefined> {
  const preferred = settings()['hooks.scope'];
  const places = hookLocations(environment.folders)
    .filter((place) => scope === undefined || place.scope === scope)
    .toSorted((a, b) => Number(b.scope === preferred) - Number(a.scope === preferred));
  if (places.length === 0)
    throw new HumanError(vscode.l10n.t('Only this project: there is no folder open. Open one first.'));
  if (scope !== undefined && places.length === 1) return places[0];
  const items = places.map((place) => ({
    label:
      SCOPES[place.scope] +
      (environment.folders.length > 1 && place.projectDir !== undefined ? ` (${basename(place.projectDir)})` : ''),
    description: settingsPath(locationOptions(place, environment)),
    value: place,
  }));
  return pickOne(items, vscode.l10n.t('Install Hooks'), vscode.l10n.t('Where should Claude Code find them?'));
}

async function confirm(previews: Previews, plan: InstallPlan): Promise<string | undefined> {
  const name = basename(plan.file.path);
  const title = vscode.l10n.t("Install Fermata's hooks: {0}", plan.file.path);
  await previews.showDiff(name, plan.before ?? '', plan.after ?? '', title);
  const question = [
    vscode.l10n.t('Install these hooks in {0}? Claude Code then asks Fermata before it acts.', plan.file.path),
    ...plan.notes,
  ].join(' ');
  try {
    return await vscode.window.showInformationMessage(question, INSTALL, WITHOUT_RULES);
  } finally {
    await previews.close();
  }
}

/** A refusal says the line and column; the file is opened there, so that it can be corrected. */
function unwrapPlan(plan: InstallPlan | Refusal): InstallPlan {
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
