import * as vscode from 'vscode';
import { basename } from 'node:path';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import type { PastSessions } from './pastSessions.ts';
import { formatDay, OUTCOME_ICONS, describePast, timeOfDay } from './pastText.ts';

interface Item extends vscode.QuickPickItem {
  past?: PastFolder;
}

/** What can be done with a session that was found; the first is what Enter does. */
export type PastAction = 'open' | 'replay' | 'export' | 'delete';

/** Lets the person search all sessions that are over, by title, day, outcome and id. */
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
  pick.placeholder = vscode.l10n.t('Search by folder, day, outcome or id');
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  const render = (): void => {
    const active = pick.activeItems[0]?.past?.folder;
    pick.items = itemsOf(
      sessions,
      folders(),
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

function itemsOf(sessions: PastSessions, folders: PastFolder[], buttons: vscode.QuickInputButton[]): Item[] {
  const now = Date.now();
  let day = '';
  return folders.flatMap((past): Item[] => {
    const known = sessions.get(past);
    const name = formatDay(past.modifiedMs, now);
    const separator: Item[] = name === day ? [] : [{ label: name, kind: vscode.QuickPickItemKind.Separator }];
    day = name;
    const icon = known === undefined ? 'history' : OUTCOME_ICONS[known.outcome];
    return [
      ...separator,
      {
        label: `$(${icon}) ${known?.title ?? basename(past.project)}`,
        description: [timeOfDay(known?.startedTs ?? past.modifiedMs), known && describePast(known)]
          .filter(Boolean)
          .join(' · '),
        // the day is searched for as well
        detail: [name, known?.id ?? past.folder, past.project].join(' · '),
        buttons,
        past,
      },
    ];
  });
}
