import { closeSync, lstatSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as vscode from 'vscode';
import { entriesIn } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { logToRead, workerPaths } from '#core/base/paths.ts';
import { followEnd } from './logFollower.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';

/** At most this many files are offered. */
const MAX_FILES = 500;
/** The log of a worker on another machine is kept up to date for so long after it was opened. */
const LOOK_MS = 600_000;
const ANSWER_MS = 3000;
const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;

/** Opens a worker's standard output, and beside it its standard error unless that is empty. Both follow their growing files. */
export async function openWorkerLog(session: LoggedSession, worker: string, name: string): Promise<void> {
  await bring(session, worker);
  const { stdout, stderr } = workerPaths(session.dir, worker);
  const nonEmpty = [stdout, stderr].filter((path) => isFile(path) && lstatSync(path).size > 0);
  const existing = nonEmpty.length > 0 ? nonEmpty : [stdout, stderr].filter(isFile).slice(0, 1);
  // not awaited: a notification that is left open must not hold the command
  if (existing.length === 0)
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} has printed nothing that Fermata keeps.', name));
  for (const [index, path] of existing.entries()) {
    const column = index === 0 ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
    followEnd(await vscode.window.showTextDocument(vscode.Uri.file(path), { viewColumn: column, preview: false }));
  }
}

/** Shows a worker's output folder in the file manager or, in a remote window, its files to choose from. */
export async function openOutput(session: LoggedSession, worker: string, name: string): Promise<void> {
  await bring(session, worker);
  const { out } = workerPaths(session.dir, worker);
  const files = filesBelow(out);
  if (files.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} has handed over no files.', name));
    return;
  }
  if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
    await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(out));
    return;
  }
  const choices = files.map((path) => ({ label: relative(out, path), value: path }));
  const file =
    files.length === 1
      ? files[0]
      : await pickOne(choices, vscode.l10n.t('Output of {0}', name), vscode.l10n.t('Open a file'));
  if (file !== undefined) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
}

/** Opens the session's log, from which the panel is derived, at the line that starts at byte `pos`. */
export async function openEvents(session: LoggedSession, pos?: number): Promise<void> {
  await openLogAt(session.dir, { pos });
}

export interface LogLocation {
  /** Byte offset of the start of a line. */
  pos?: number;
  viewColumn?: vscode.ViewColumn;
  preserveFocus?: boolean;
}

/** Opens the log in a session's folder, at a line of it. */
export async function openLogAt(dir: string, { pos, ...showOptions }: LogLocation): Promise<void> {
  const log = logToRead(dir);
  const line = pos === undefined ? undefined : lineAt(log, pos);
  const selection = line === undefined ? undefined : new vscode.Range(line, 0, line, 0);
  // by command: the API for documents refuses files of more than 50 MB
  const options = { preview: false, ...showOptions, selection };
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(log), options);
}

/** The number, from 0, of the line that contains byte `pos` of a file. Throws the system's error. */
export function lineAt(path: string, pos: number): number {
  const { fd: file } = openFile(path);
  try {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(1, pos)));
    let line = 0;
    for (let offset = 0; offset < pos;) {
      const read = readSync(file, chunk, 0, Math.min(chunk.length, pos - offset), offset);
      if (read === 0) break;
      for (let i = chunk.indexOf(NEWLINE); i !== -1 && i < read; i = chunk.indexOf(NEWLINE, i + 1)) line++;
      offset += read;
    }
    return line;
  } finally {
    closeSync(file);
  }
}

/** What is on another machine comes here while it is looked at. */
async function bring({ dir, state }: LoggedSession, worker: string): Promise<void> {
  const known = state.workers.get(worker);
  if (known?.machine === undefined) return;
  const { bringOutput, isBrought } = await import('#core/machines/output/bringOutput.ts');
  if (isBrought(dir, known)) await bringOutput(dir, worker, { lookMs: LOOK_MS, waitMs: ANSWER_MS });
}

// workers wrote the files in a session's folder, so links, which could lead out of it, are not followed
function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function filesBelow(dir: string, depth = 0): string[] {
  if (depth > 8 || !(lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [];
  const entries = entriesIn(dir).toSorted((a, b) => a.name.localeCompare(b.name));
  const paths = entries.flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesBelow(path, depth + 1) : entry.isFile() ? [path] : [];
  });
  return paths.slice(0, MAX_FILES);
}
