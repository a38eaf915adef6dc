import * as vscode from 'vscode';
import { visibleLine } from '#protocol/hiddenText.ts';
import { basename } from 'node:path';
import { COMMANDS, ROW_KINDS } from '#extension/base/ids.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import type { PastSessions } from './pastSessions.ts';
import { describePast, formatDay, OUTCOME_ICONS, pastDetails, timeOfDay } from './pastText.ts';

/** Sessions listed at first, and added by each "Show More". */
const PAGE_SIZE = 30;

/** A row of the view "History" below the current sessions: past sessions, grouped by day. */
export type PastNode =
  | { past: 'all' }
  | { past: 'day'; name: string; folders: PastFolder[] }
  /** A menu passes the row to its command as the target, hence the property `session`. */
  | { past: 'session'; session: string; folder: PastFolder }
  | { past: 'more'; left: number };

/** Past sessions as rows of a tree: by day, the newest first, a page at a time. */
export class PastTree {
  readonly #sessions: PastSessions;
  readonly #folders: () => PastFolder[];
  #limit = PAGE_SIZE;

  constructor(sessions: PastSessions, folders: () => PastFolder[]) {
    this.#sessions = sessions;
    this.#folders = folders;
  }

  showMore(): void {
    this.#limit += PAGE_SIZE;
  }

  children(node: PastNode, now: number): PastNode[] {
    if (node.past === 'day') return node.folders.map((folder) => ({ past: 'session', session: folder.folder, folder }));
    return node.past === 'all' ? this.#days(now) : [];
  }

  item(node: Exclude<PastNode, { past: 'all' }>): vscode.TreeItem {
    if (node.past === 'session') return this.#sessionItem(node.folder);
    if (node.past === 'day') {
      const item = new vscode.TreeItem(node.name, vscode.TreeItemCollapsibleState.Expanded);
      item.id = `past-${node.name}`;
      return item;
    }
    const item = new vscode.TreeItem(vscode.l10n.t('Show More'));
    item.id = 'past-more';
    item.description = vscode.l10n.t('{0} older', node.left);
    item.command = { command: COMMANDS.showMoreSessions, title: vscode.l10n.t('Show More') };
    return item;
  }

  #days(now: number): PastNode[] {
    const folders = this.#folders();
    const days = new Map<string, PastFolder[]>();
    for (const folder of folders.slice(0, this.#limit)) {
      const name = formatDay(folder.modifiedMs, now);
      days.set(name, [...(days.get(name) ?? []), folder]);
    }
    const remaining = folders.length - this.#limit;
    return [
      ...[...days].map(([name, ofDay]): PastNode => ({ past: 'day', name, folders: ofDay })),
      ...(remaining > 0 ? [{ past: 'more', left: remaining } as const] : []),
    ];
  }

  #sessionItem(folder: PastFolder): vscode.TreeItem {
    const known = this.#sessions.get(folder);
    const time = timeOfDay(known?.startedTs ?? folder.modifiedMs);
    const label = visibleLine(known?.name ?? `${basename(folder.project)} ${time}`);
    const item = new vscode.TreeItem(label);
    item.id = `past-${folder.folder}`;
    const several = this.#folders().some(({ project }) => project !== folder.project);
    const project = several ? (known?.title ?? basename(folder.project)) : '';
    const description = visibleLine([time, project, known && describePast(known)].filter(Boolean).join(' · '));
    item.description = description;
    item.iconPath = new vscode.ThemeIcon(known === undefined ? 'history' : OUTCOME_ICONS[known.outcome]);
    const details = [...(known === undefined ? [] : pastDetails(known)), folder.project, known?.id ?? folder.folder];
    item.tooltip = details.map(visibleLine).join('\n');
    item.contextValue = ROW_KINDS.past;
    item.accessibilityInformation = { label: `${label}, ${description}` };
    item.command = {
      command: COMMANDS.switchSession,
      title: vscode.l10n.t('Show Session'),
      arguments: [{ session: folder.folder }],
    };
    return item;
  }
}
