import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { InstallEnvironment } from '#core/install/hookLocations.ts';
import type { Settings } from '#protocol/settings.ts';
import type { Previews } from '#extension/editors/previews.ts';

/** What installing, mending and looking at hooks take of this window. */
export interface InstallContext {
  home: string;
  extensionPath: string;
  extensionId: string;
  version: string;
  settings: () => Settings;
  previews: Previews;
}

/** Where hooks of this window may be. */
export function hookEnvironment(home: string): InstallEnvironment {
  const folders = (vscode.workspace.workspaceFolders ?? [])
    .filter((f) => f.uri.scheme === 'file')
    .map((f) => f.uri.fsPath);
  return {
    home,
    folders,
    userHome: process.env['HOME'] || homedir(),
    claudeConfigDir: process.env['CLAUDE_CONFIG_DIR'],
  };
}
