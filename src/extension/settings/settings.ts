import { join } from 'node:path';
import * as vscode from 'vscode';
import { loadSettings } from '#core/base/settings.ts';
import { parseSettings, SETTING_NAMES } from '#protocol/parseSettings.ts';
import type { Settings } from '#protocol/settings.ts';
import { PREFIX } from '#extension/base/ids.ts';
import { RESTRICTED } from './restricted.ts';
import { machineSettingsIn, withoutMachineSettings } from './folderSettings.ts';
import { mirrorSettings, type ExplicitSettings } from './settingsMirror.ts';

/**
 * The settings that are set in VS Code, without defaults, by scope. The whole section is inspected at once, since the editor
 * merges all its settings for every inspection.
 */
function explicitSettings(): ExplicitSettings {
  const inspect = (scope?: vscode.Uri) => vscode.workspace.getConfiguration(undefined, scope).inspect(PREFIX);
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }): [string, Record<string, unknown>] => {
    const { workspaceValue, workspaceFolderValue } = inspect(uri) ?? {};
    return [uri.fsPath, withoutMachineSettings({ ...settingsIn(workspaceValue), ...settingsIn(workspaceFolderValue) })];
  });
  return { user: settingsIn(inspect()?.globalValue), folders: new Map(folders) };
}

/** The settings in a section, by name: `hold.seconds` is the field `seconds` of the field `hold`. */
function settingsIn(section: unknown): Record<string, unknown> {
  const field = (of: unknown, name: string): unknown =>
    typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[name] : undefined;
  const all = SETTING_NAMES.map((name): [string, unknown] => [name, name.split('.').reduce(field, section)]);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

/** How long values from the home are cached; its settings files may be edited by hand. */
const CACHE_MS = 2000;

/** The effective settings. They are needed for every drawing, and read again only when they may have changed. */
export class LiveSettings {
  readonly #home: string;
  #explicit: ExplicitSettings | undefined;
  #cached: { settings: Settings; atMs: number } | undefined;

  constructor(home: string) {
    this.#home = home;
  }

  readonly get = (): Settings => {
    const nowMs = performance.now();
    if (this.#cached === undefined || nowMs - this.#cached.atMs > CACHE_MS)
      this.#cached = { settings: effectiveSettings(this.#home, this.#explicitSettings()), atMs: nowMs };
    return this.#cached.settings;
  };

  /** To be called when settings, folders or trust have changed: writes the settings to where hooks and workers read them. */
  reload(): void {
    this.#explicit = this.#cached = undefined;
    const frozen = vscode.workspace.isTrusted ? [] : RESTRICTED;
    mirrorSettings({ home: this.#home, explicit: this.#explicitSettings(), frozen: new Set(frozen) });
  }

  /** Throws, for the person, where the settings of a folder of this window try to set one of the machine's. */
  checkFolders(): void {
    const { workspaceFolders = [], workspaceFile } = vscode.workspace;
    const files = workspaceFolders.map(({ uri }) => join(uri.fsPath, '.vscode', 'settings.json'));
    if (workspaceFile?.scheme === 'file') files.push(workspaceFile.fsPath);
    for (const file of files) {
      const [name] = machineSettingsIn(file);
      if (name !== undefined)
        throw new Error(
          vscode.l10n.t(
            '{0} is ignored in {1}: a folder chooses no program. Set it in your user settings.',
            name,
            file,
          ),
        );
    }
  }

  #explicitSettings(): ExplicitSettings {
    return (this.#explicit ??= explicitSettings());
  }
}

/** The values of VS Code over those of the home over the defaults. */
function effectiveSettings(home: string, { user, folders }: ExplicitSettings): Settings {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const restricted: readonly string[] = RESTRICTED;
  const entries = Object.entries({ ...user, ...folders.get(folder ?? '') });
  const values = Object.fromEntries(
    entries.filter(([name]) => vscode.workspace.isTrusted || !restricted.includes(name) || Object.hasOwn(user, name)),
  );
  return parseSettings({ ...loadSettings(home, folder), ...values }).settings;
}
