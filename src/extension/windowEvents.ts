import * as vscode from 'vscode';
import type { HookWatch } from './hooks/hookWatch.ts';
import { PREFIX } from './ids.ts';
import type { Problems } from './problems.ts';
import type { Rules } from './rules/rules.ts';
import type { SessionStore } from './sessions/sessions.ts';
import { mirrorToHome, type LiveSettings } from './settings/settings.ts';

export interface WindowParts {
  home: string;
  settings: LiveSettings;
  store: SessionStore;
  rules: Rules;
  hooks: HookWatch;
  problems: Problems;
  changed: () => void;
}

/** Follows what the editor tells of this window: settings, trust, folders, focus. */
export function followWindow(parts: WindowParts): vscode.Disposable[] {
  const { home, settings, store, rules, hooks, problems, changed } = parts;
  const mirror = (): void => {
    problems.attempt('settings', () => mirrorToHome(home));
    settings.forget();
  };
  const reconfigure = (): void => {
    mirror();
    store.reconfigure();
    rules.reconfigure();
    changed();
  };
  const repair = (): void => {
    hooks.repair().then(changed, (error: unknown) => problems.report('runtime', error));
  };
  mirror();
  repair();
  return [
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(PREFIX)) reconfigure();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(reconfigure),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      reconfigure();
      repair();
    }),
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) changed();
    }),
  ];
}
