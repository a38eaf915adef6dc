import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { ViewModel } from '#protocol/viewModel.ts';
import type { History } from '#extension/history/history.ts';
import type { PastNode } from '#extension/history/pastTree.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import { COMMANDS, ROW_KINDS, VIEWS } from '#extension/base/ids.ts';
import { visibleLine, visibleText } from '#protocol/hiddenText.ts';
import { describeSession } from './describeSession.ts';
import { describeNeeds, type Summary } from './summary.ts';

/** One session of the list. A menu passes its row to the command as its target, hence the field `session`. */
export interface SessionRow {
  /** Its folder's name. */
  session: string;
  view: ViewModel;
}

type Node = SessionRow | PastNode;

const PAST: PastNode = { past: 'all' };

/** The view "History": one row for each session of this window that has ended, and the past ones below them; it carries the badge. */
export class SessionsTree implements vscode.TreeDataProvider<Node> {
  readonly #changed = new vscode.EventEmitter<Node | undefined>();
  readonly #view: vscode.TreeView<Node>;
  readonly #history: History;
  #rows: readonly SessionRow[] = [];
  #selected: string | undefined;
  #rendered = '';
  #past: readonly PastFolder[] = [];

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(history: History) {
    this.#history = history;
    this.#view = vscode.window.createTreeView(VIEWS.sessions, { treeDataProvider: this });
  }

  /**
   * The session of the row that has the keyboard's focus. The API gives only the selection, so the focused row's
   * selection is toggled and restored: the row that changed is the one. While the tree is drawn again, the selection
   * lacks rows, so the question is repeated.
   */
  async focusedSession(): Promise<string | undefined> {
    const toggle = async (): Promise<Set<string>> => {
      await vscode.commands.executeCommand('list.toggleSelection');
      return this.#selectedRows();
    };
    for (let attempt = 0; attempt < 5; attempt++) {
      const before = this.#selectedRows();
      const after = await toggle();
      await toggle();
      const focused = [...before, ...after].find((row) => before.has(row) !== after.has(row));
      if (focused !== undefined) return focused || undefined;
      await delay(50);
    }
    return undefined;
  }

  /** The sessions of the selected rows; an empty text for a row without one. */
  #selectedRows(): Set<string> {
    return new Set(this.#view.selection.map((node) => ('session' in node ? node.session : '')));
  }

  /** Draws the past sessions again. */
  refreshPast(): void {
    this.#changed.fire(PAST);
  }

  show(rows: readonly SessionRow[], selected: string | undefined, summary: Summary): void {
    this.#rows = rows.filter(({ view }) => !view.session.live);
    // a session needs a mark only among others, the live ones included
    this.#selected = rows.length > 1 ? selected : undefined;
    const { needsYou } = summary;
    const badge = needsYou > 0 ? { value: needsYou, tooltip: describeNeeds(needsYou) } : undefined;
    if (this.#view.badge?.value !== badge?.value) this.#view.badge = badge;
    const message =
      rows.length === 0
        ? vscode.l10n.t('Start Claude Code in this folder; it appears here once it has ended.')
        : undefined;
    if (this.#view.message !== message) this.#view.message = message;
    const past = this.#history.folders();
    const rendered = JSON.stringify(
      this.#rows.map(({ view }) => [view.session, describeSession(view), this.#selected]),
    );
    if (rendered === this.#rendered && past === this.#past) return;
    this.#rendered = rendered;
    this.#past = past;
    this.#changed.fire(undefined);
  }

  async getChildren(parent?: Node): Promise<Node[]> {
    if (parent === undefined) return [...this.#rows, ...(this.#history.folders().length > 0 ? [PAST] : [])];
    if (!('past' in parent)) return [];
    const { tree } = await this.#history.load();
    return tree.children(parent, Date.now());
  }

  async getTreeItem(node: Node): Promise<vscode.TreeItem> {
    if (!('past' in node)) return this.#sessionItem(node);
    if (node.past !== 'all') return (await this.#history.load()).tree.item(node);
    const item = new vscode.TreeItem(vscode.l10n.t('Past Sessions'), vscode.TreeItemCollapsibleState.Collapsed);
    item.id = 'past';
    item.description = String(this.#history.folders().length);
    item.iconPath = new vscode.ThemeIcon('history');
    item.contextValue = ROW_KINDS.history;
    return item;
  }

  #sessionItem(row: SessionRow): vscode.TreeItem {
    const { view } = row;
    const { session } = view;
    const title = visibleLine(session.name);
    const several = this.#rows.some((other) => other.view.session.projectName !== session.projectName);
    const description = visibleLine(
      [several && session.projectName, describeSession(view)].filter(Boolean).join(' · '),
    );
    const item = new vscode.TreeItem(title);
    item.id = session.id;
    item.description = session.id === this.#selected ? vscode.l10n.t('{0} · shown', description) : description;
    item.iconPath = new vscode.ThemeIcon('circle-slash');
    item.tooltip = visibleText([session.id, session.cwd].filter(Boolean).join('\n'));
    // by its kind the manifest chooses a row's menu: of a session without hooks there is no log
    item.contextValue = session.unhooked === undefined ? ROW_KINDS.ended : ROW_KINDS.transcriptOnly;
    item.accessibilityInformation = { label: `${title}, ${description}` };
    item.command = {
      command: COMMANDS.switchSession,
      title: vscode.l10n.t('Show Session'),
      arguments: [{ session: session.id }],
    };
    return item;
  }

  dispose(): void {
    this.#view.dispose();
    this.#changed.dispose();
  }
}
