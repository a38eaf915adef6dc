import * as vscode from 'vscode';
import { loadSettings } from '../../core/settingsFile.ts';
import { parseSettings, SETTING_NAMES } from '../../protocol/parseSettings.ts';
import type { Settings } from '../../protocol/settings.ts';
import { PREFIX } from '../ids.ts';
import { RESTRICTED } from './restricted.ts';
import { mirrorSettings, type ExplicitSettings } from './settingsMirror.ts';

/** What is set in VS Code and not just a default, by where it is set. */
function explicitSettings(): ExplicitSettings {
  const own = vscode.workspace.getConfiguration(PREFIX);
  const user: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const value: unknown = own.inspect(name)?.globalValue;
    if (value !== undefined) user[name] = value;
  }
  const folders = new Map<string, Record<string, unknown>>();
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const here = vscode.workspace.getConfiguration(PREFIX, folder.uri);
    const values: Record<string, unknown> = {};
    for (const name of SETTING_NAMES) {
      const found = here.inspect(name);
      const value: unknown = found?.workspaceFolderValue ?? found?.workspaceValue;
      if (value !== undefined) values[name] = value;
    }
    folders.set(folder.uri.fsPath, values);
  }
  return { user, folders };
}

/** Writes what is set in VS Code to where hooks and workers read it. */
export function mirrorToHome(home: string): void {
  const frozen = vscode.workspace.isTrusted ? [] : RESTRICTED;
  mirrorSettings({ home, explicit: explicitSettings(), frozen: new Set(frozen) });
}

/** How long settings are believed; a change in VS Code counts at once, one by hand in the home after this. */
const BELIEVED_MS = 2000;

/** The settings in force, read again when they may have changed: they are asked for at every drawing. */
export class LiveSettings {
  readonly #home: string;
  #read: { settings: Settings; atMs: number } | undefined;

  constructor(home: string) {
    this.#home = home;
  }

  readonly get = (): Settings => {
    const nowMs = performance.now();
    if (this.#read === undefined || nowMs - this.#read.atMs > BELIEVED_MS)
      this.#read = { settings: readSettings(this.#home), atMs: nowMs };
    return this.#read.settings;
  };

  forget(): void {
    this.#read = undefined;
  }
}

/** The settings in force: what VS Code says, over what stands in the home, over the defaults. */
function readSettings(home: string): Settings {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const { user, folders } = explicitSettings();
  const restricted: readonly string[] = RESTRICTED;
  const said = Object.entries({ ...user, ...(folder === undefined ? {} : folders.get(folder)) });
  const values = Object.fromEntries(
    said.filter(([name]) => vscode.workspace.isTrusted || !restricted.includes(name) || Object.hasOwn(user, name)),
  );
  return parseSettings({ ...loadSettings(home, folder).settings, ...values }).settings;
}
