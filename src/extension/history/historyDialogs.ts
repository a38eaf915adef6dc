import { homedir } from 'node:os';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { ellipsize } from '#core/base/text.ts';
import { deleteSession, folderSize, whyNotDelete } from '#core/session/deletion.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { plural } from '#extension/base/plural.ts';
import { inertLabel } from '#extension/base/inertText.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import { runFermata, type FermataContext } from '#extension/base/runFermata.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import type { NamedPast, PastSessions } from './pastSessions.ts';
import { describePast, formatDay, formatSize, OUTCOME_ICONS, pastDetails, timeOfDay } from './pastText.ts';

/** As much of a prompt as a row may have: the search covers it. */
const MAX_DETAIL_CHARS = 300;

interface Item extends vscode.QuickPickItem {
  past?: PastFolder;
}

/** What can be done with a session that was found; Enter opens it. */
export type PastAction = 'open' | 'replay' | 'export' | 'delete';

/** Lets the person search all sessions that have ended, by name, prompt, folder, day and outcome. */
export function findSession(
  sessions: PastSessions,
  folders: () => PastFolder[],
): Promise<{ past: PastFolder; action: PastAction } | undefined> {
  const buttons: [PastAction, vscode.QuickInputButton][] = [
    ['replay', { iconPath: new vscode.ThemeIcon('history'), tooltip: vscode.l10n.t('Replay') }],
    ['export', { iconPath: new vscode.ThemeIcon('export'), tooltip: vscode.l10n.t('Export') }],
    ['delete', { iconPath: new vscode.ThemeIcon('trash'), tooltip: vscode.l10n.t('Delete') }],
  ];
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = vscode.l10n.t('Past Sessions');
  pick.placeholder = vscode.l10n.t('Search by title, prompt, folder, day or outcome');
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  // `get` asks the disk about each log, and while logs are being read the list is drawn again and again
  const known = new Map<string, NamedPast>();
  const lookUp = (past: PastFolder): NamedPast | undefined => {
    const session = known.get(past.folder) ?? sessions.get(past);
    if (session !== undefined && sessions.isNamed(past, session)) known.set(past.folder, session);
    return session;
  };
  const render = (): void => {
    const active = pick.activeItems[0]?.past?.folder;
    pick.items = itemsOf(
      folders(),
      lookUp,
      buttons.map(([, button]) => button),
    );
    pick.activeItems = pick.items.filter(({ past }) => past !== undefined && past.folder === active);
    pick.busy = sessions.busy;
  };
  render();
  return new Promise((resolve) => {
    const listeners = [
      sessions.onDidChange(render),
      pick.onDidAccept(() => {
        const past = pick.selectedItems[0]?.past;
        resolve(past && { past, action: 'open' });
        pick.hide();
      }),
      pick.onDidTriggerItemButton(({ item, button }) => {
        const action = buttons.find(([, each]) => each === button)?.[0];
        resolve(item.past && action && { past: item.past, action });
        pick.hide();
      }),
      pick.onDidHide(() => {
        for (const listener of listeners) listener.dispose();
        pick.dispose();
        resolve(undefined);
      }),
    ];
    pick.show();
  });
}

function itemsOf(
  folders: PastFolder[],
  lookUp: (past: PastFolder) => NamedPast | undefined,
  buttons: vscode.QuickInputButton[],
): Item[] {
  const now = Date.now();
  let day = '';
  return folders.flatMap((past): Item[] => {
    const known = lookUp(past);
    const name = formatDay(past.modifiedMs, now);
    const separator: Item[] = name === day ? [] : [{ label: name, kind: vscode.QuickPickItemKind.Separator }];
    day = name;
    const icon = known === undefined ? 'history' : OUTCOME_ICONS[known.outcome];
    const time = timeOfDay(known?.startedTs ?? past.modifiedMs);
    return [
      ...separator,
      {
        label: `$(${icon}) ${inertLabel(known?.name ?? basename(past.project))}`,
        description: inertLabel([time, known && describePast(known)].filter(Boolean).join(' · ')),
        // the search covers the detail, so the day is repeated in it
        detail: inertLabel(
          ellipsize([name, past.project, known?.prompt].filter(Boolean).join(' · '), MAX_DETAIL_CHARS),
        ),
        buttons,
        past,
      },
    ];
  });
}

const FORMATS = ['html', 'json'] as const;

/**
 * Writes a session's report where the person chooses: a page with the timeline, or all events as JSON. `fermata export`
 * does the work in a process of its own, since a long log would block the editor.
 * @param name of the suggested file, without extension
 */
export async function askToExport(context: FermataContext, folder: string, name: string): Promise<void> {
  const details = {
    html: vscode.l10n.t('A page to look at: the timeline, workers, blocks, events. It needs nothing else.'),
    json: vscode.l10n.t('Every event, and how everything stood, for programs.'),
  };
  const choices = FORMATS.map((value) => ({ label: value.toUpperCase(), detail: details[value], value }));
  const format = await pickOne(choices, vscode.l10n.t('Export Session'), vscode.l10n.t('In which form?'));
  if (format === undefined) return;
  const folderUri = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Session'),
    defaultUri: vscode.Uri.joinPath(folderUri, `${name}.${format}`),
    filters: { [format.toUpperCase()]: [format] },
  });
  if (target === undefined) return;
  if (target.scheme !== 'file') throw new HumanError(vscode.l10n.t('A session can be exported to a file only.'));
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Exporting the session…') },
    () => runExport(context, ['--session', folder, '--format', format, '--out', target.fsPath]),
  );
  // not awaited: a notification that is left open must not hold the command
  void offerToOpen(target, format);
}

async function runExport(context: FermataContext, args: string[]): Promise<void> {
  try {
    await runFermata(context, ['export', ...args]);
  } catch (error) {
    throw new HumanError(vscode.l10n.t('The session was not exported: {0}', (error as Error).message));
  }
}

async function offerToOpen(target: vscode.Uri, format: (typeof FORMATS)[number]): Promise<void> {
  const open = vscode.l10n.t('Open');
  const message = vscode.l10n.t('The session was exported to {0}.', target.fsPath);
  if ((await vscode.window.showInformationMessage(message, open)) !== open) return;
  if (format === 'html' && vscode.env.remoteName === undefined) await vscode.env.openExternal(target);
  else await vscode.commands.executeCommand('vscode.open', target);
}

/** Deletes a session after the person has seen which one it is, and its size. Returns whether it was deleted. */
export async function askToDelete(home: string, sessions: PastSessions, past: PastFolder): Promise<boolean> {
  const { folder, dir, project } = past;
  const refusal = whyNotDelete(home, folder);
  if (refusal !== undefined) throw new HumanError(vscode.l10n.t('This session is not deleted: {0}.', refusal));
  const known = sessions.get(past);
  const { files, bytes } = folderSize(dir);
  const contents = plural(
    vscode.l10n.t(
      'Its log, and all that its workers wrote into its folder: {0, plural, one {# file} other {# files}}, {1}. This cannot be undone.',
    ),
    files,
    formatSize(bytes),
  );
  const detail = [...(known === undefined ? [] : pastDetails(known)), project, '', contents].join('\n');
  const confirmLabel = vscode.l10n.t('Delete');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete the session “{0}”?', known?.name ?? basename(project)),
    { modal: true, detail },
    confirmLabel,
  );
  if (answer !== confirmLabel) return false;
  try {
    await deleteSession(home, folder);
  } catch (error) {
    throw new HumanError(vscode.l10n.t('This session is not deleted: {0}.', (error as Error).message));
  }
  return true;
}
