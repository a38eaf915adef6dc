import * as vscode from 'vscode';
import type { ConductorState, ViewModel } from '../../protocol/viewModel.ts';
import { COMMANDS, ROW_KINDS, VIEWS } from '../ids.ts';
import { tellApart } from '../sessions/tellApart.ts';
import { sessionInWords } from './sessionWords.ts';
import { needInWords, type Summary } from './summary.ts';

const ICONS: Record<ConductorState, string> = {
  working: 'sync',
  idle: 'circle-outline',
  waiting: 'bell',
  ended: 'circle-slash',
  unknown: 'question',
};

/** One session of the list. A menu calls its command with the row, so the name says to it which session is meant. */
export interface SessionRow {
  session: string;
  view: ViewModel;
  paused: boolean;
}

/** The view "Sessions": this window's sessions, one row each; it bears the badge. */
export class SessionsTree implements vscode.TreeDataProvider<SessionRow> {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #view: vscode.TreeView<SessionRow>;
  #rows: readonly SessionRow[] = [];
  #selected: string | undefined;
  #drawn = '';

  readonly onDidChangeTreeData = this.#changed.event;

  constructor() {
    this.#view = vscode.window.createTreeView(VIEWS.sessions, { treeDataProvider: this });
  }

  show(rows: readonly SessionRow[], selected: string | undefined, summary: Summary): void {
    this.#rows = rows;
    this.#selected = selected;
    const { needsYou } = summary;
    const badge = needsYou > 0 ? { value: needsYou, tooltip: needInWords(needsYou) } : undefined;
    if (this.#view.badge?.value !== badge?.value) this.#view.badge = badge;
    const message =
      rows.length === 0 ? vscode.l10n.t('Start Claude Code in this folder; it appears here by itself.') : undefined;
    if (this.#view.message !== message) this.#view.message = message;
    const drawn = JSON.stringify(
      rows.map(({ view, paused }) => [view.session, sessionInWords(view), paused, selected]),
    );
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#changed.fire();
  }

  getChildren(parent?: SessionRow): SessionRow[] {
    return parent === undefined ? [...this.#rows] : [];
  }

  getTreeItem(row: SessionRow): vscode.TreeItem {
    const { view } = row;
    const { session } = view;
    const { short } = tellApart(this.#rows.map((each) => each.view.session))[this.#rows.indexOf(row)] ?? {};
    const description = [short, sessionInWords(view)].filter(Boolean).join(' · ');
    const item = new vscode.TreeItem(session.title);
    item.id = session.id;
    item.description =
      session.id === this.#selected && this.#rows.length > 1 ? vscode.l10n.t('{0} · shown', description) : description;
    item.iconPath = new vscode.ThemeIcon(session.live ? ICONS[session.conductor.state] : ICONS.ended);
    item.tooltip = [session.id, session.cwd].filter(Boolean).join('\n');
    item.contextValue = rowKind(row);
    item.accessibilityInformation = { label: `${session.title}, ${description}` };
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

/** What the manifest's menus ask of a row: nothing can be done to a session that is only seen or has ended. */
function rowKind({ view: { session }, paused }: SessionRow): string {
  if (session.unhooked !== undefined) return ROW_KINDS.seen;
  if (!session.live) return ROW_KINDS.ended;
  return paused ? ROW_KINDS.paused : ROW_KINDS.live;
}
