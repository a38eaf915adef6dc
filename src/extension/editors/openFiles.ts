import { lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as vscode from 'vscode';
import { sessionPaths, workerPaths } from '#core/base/paths.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { lineAt } from './lineAt.ts';
import { followEnd } from './logFollower.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';

/** More files than this are not offered one by one. */
const MAX_FILES = 500;

/** Opens what a worker has printed, live as it grows: standard output, and beside it standard error where there is any. */
export async function openWorkerLog(session: LoggedSession, worker: string): Promise<void> {
  const { stdout, stderr } = workerPaths(session.dir, worker);
  const nonEmpty = [stdout, stderr].filter((path) => isFile(path) && lstatSync(path).size > 0);
  const existing = nonEmpty.length > 0 ? nonEmpty : [stdout, stderr].filter(isFile).slice(0, 1);
  if (existing.length === 0) throw new HumanError(vscode.l10n.t('{0} has printed nothing that Fermata keeps.', worker));
  for (const [index, path] of existing.entries()) {
    const column = index === 0 ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
    followEnd(await vscode.window.showTextDocument(vscode.Uri.file(path), { viewColumn: column, preview: false }));
  }
}

/** Shows what a worker hands over: its folder in the file manager or, where there is none, its files to choose from. */
export async function openOutput(session: LoggedSession, worker: string): Promise<void> {
  const { out } = workerPaths(session.dir, worker);
  const files = filesBelow(out);
  if (files.length === 0) throw new HumanError(vscode.l10n.t('{0} has handed over no files.', worker));
  if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
    await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(out));
    return;
  }
  const choices = files.map((path) => ({ label: relative(out, path), value: path }));
  const file =
    files.length === 1
      ? files[0]
      : await pickOne(choices, vscode.l10n.t('Output of {0}', worker), vscode.l10n.t('Open a file'));
  if (file !== undefined) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
}

/** Opens the session's log, which is the truth of all that the panel shows; at the line that starts at byte `pos`. */
export async function openEvents(session: LoggedSession, pos?: number): Promise<void> {
  await openLogAt(session.dir, pos === undefined ? {} : { pos });
}

export interface LogLocation {
  /** Byte offset of a line's beginning. */
  pos?: number;
  viewColumn?: vscode.ViewColumn;
  preserveFocus?: boolean;
}

/** Opens the log in a session's folder, at a line of it. */
export async function openLogAt(dir: string, { pos, ...showOptions }: LogLocation): Promise<void> {
  const { log } = sessionPaths(dir);
  const line = pos === undefined ? undefined : lineAt(log, pos);
  const selection = line === undefined ? {} : { selection: new vscode.Range(line, 0, line, 0) };
  // not as a document of the extension's: one of more than 50 MB would be refused
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(log), {
    preview: false,
    ...showOptions,
    ...selection,
  });
}

// what lies in a session's folder was put there by workers: no link is followed out of it
function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function filesBelow(dir: string, depth = 0): string[] {
  if (depth > 8 || !(lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [];
  const entries = readdirSync(dir, { withFileTypes: true }).toSorted((a, b) => a.name.localeCompare(b.name));
  const paths = entries.flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesBelow(path, depth + 1) : entry.isFile() ? [path] : [];
  });
  return paths.slice(0, MAX_FILES);
}
