import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { pickOne } from '#extension/base/quickPick.ts';
import { HumanError } from '#extension/base/humanError.ts';

export interface ExportContext {
  home: string;
  extensionPath: string;
}

const FORMATS = ['html', 'json'] as const;

/**
 * Writes a session's report where the person says: a page with the timeline, or all events as JSON. `fermata export` does
 * it, in a process of its own: a long log would keep the editor waiting.
 * @param name of the file that is offered, without its ending
 */
export async function exportSession(context: ExportContext, folder: string, name: string): Promise<void> {
  const details = {
    html: vscode.l10n.t('A page to look at: the timeline, workers, blocks, events. It needs nothing else.'),
    json: vscode.l10n.t('Every event, and how everything stood, for programs.'),
  };
  const choices = FORMATS.map((value) => ({ label: value.toUpperCase(), detail: details[value], value }));
  const format = await pickOne(choices, vscode.l10n.t('Export Session'), vscode.l10n.t('In which form?'));
  if (format === undefined) return;
  const where = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Session'),
    defaultUri: vscode.Uri.joinPath(where, `${name}.${format}`),
    filters: { [format.toUpperCase()]: [format] },
  });
  if (target === undefined) return;
  if (target.scheme !== 'file') throw new HumanError(vscode.l10n.t('A session can be exported to a file only.'));
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Exporting the session…') },
    () => runExport(context, ['--session', folder, '--format', format, '--out', target.fsPath]),
  );
  void offerToOpen(target, format);
}

async function runExport({ home, extensionPath }: ExportContext, args: string[]): Promise<void> {
  const program = join(extensionPath, 'dist', 'fermata.cjs');
  // the editor's own Node
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', FERMATA_HOME: home };
  try {
    await promisify(execFile)(process.execPath, [program, 'export', ...args], { env, maxBuffer: 1 << 20 });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new HumanError(vscode.l10n.t('The session was not exported: {0}', stderr.trim() || message));
  }
}

// not awaited: a notification that nobody answers must not hold the command
async function offerToOpen(target: vscode.Uri, format: (typeof FORMATS)[number]): Promise<void> {
  const open = vscode.l10n.t('Open');
  const message = vscode.l10n.t('The session was exported to {0}.', target.fsPath);
  if ((await vscode.window.showInformationMessage(message, open)) !== open) return;
  if (format === 'html' && vscode.env.remoteName === undefined) await vscode.env.openExternal(target);
  else await vscode.commands.executeCommand('vscode.open', target);
}
