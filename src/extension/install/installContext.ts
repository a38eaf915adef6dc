import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { InstallEnvironment } from '#core/install/hookLocations.ts';
import type { Settings } from '#protocol/settings.ts';
import type { Previews } from '#extension/editors/previews.ts';
import type { InstallQuestion } from './installQuestion.ts';

/** What this window provides for installing, repairing and examining hooks. */
export interface InstallContext {
  home: string;
  extensionPath: string;
  extensionId: string;
  version: string;
  settings: () => Settings;
  previews: Previews;
  question: InstallQuestion;
}

/** Where the hooks of this window may be installed. */
export function hookEnvironment(home: string): InstallEnvironment {
  const folders = (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
  return {
    home,
    folders,
    userHome: process.env['HOME'] || homedir(),
    claudeConfigDir: process.env['CLAUDE_CONFIG_DIR'] || undefined,
  };
}
