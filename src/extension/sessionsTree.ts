import * as vscode from 'vscode';
import type { ConductorState, ViewModel } from '../protocol/viewModel.ts';
import { COMMANDS, VIEWS } from './ids.ts';
import { sessionInWords } from './sessionWords.ts';
import { needInWords, type Summary } from './summary.ts';

const ICONS: Record<ConductorState, string> = {
  working: 'sync',
  idle: 'circle-outline',
  waiting: 'bell',
  ended: 'circle-slash',
  unknown: 'question',
};

/** The view "Sessions": this window's sessions, one row each; it bears the badge. */
export class SessionsTree implements vscode.TreeDataProvider<ViewModel> {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #view: vscode.TreeView<ViewModel>;
  #views: readonly ViewModel[] = [];
  #selected: string | undefined;
  #drawn = '';

  readonly onDidChangeTreeData = this.#changed.event;

  constructor() {
    this.#view = vscode.window.createTreeView(VIEWS.sessions, { treeDataProvider: this });
  }

  show(views: readonly ViewModel[], selected: string | undefined, summary: Summary): void {
    this.#views = views;
    this.#selected = selected;
    const { needsYou } = summary;
    const badge = needsYou > 0 ? { value: needsYou, tooltip: needInWords(needsYou) } : undefined;
    if (this.#view.badge?.value !== badge?.value) this.#view.badge = badge;
    const message = views.length === 0 ? 'Start Claude Code in this folder; it appears here by itself.' : undefined;
    if (this.#view.message !== message) this.#view.message = message;
    const drawn = JSON.stringify(views.map((view) => [view.session, sessionInWords(view), selected]));
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#changed.fire();
  }

  getChildren(parent?: ViewModel): ViewModel[] {
    return parent === undefined ? [...this.#views] : [];
  }

  getTreeItem(view: ViewModel): vscode.TreeItem {
    const { session } = view;
    const alike = this.#views.filter((other) => other.session.title === session.title).length > 1;
    const description = (alike ? `${session.id.slice(0, 8)} · ` : '') + sessionInWords(view);
    const item = new vscode.TreeItem(session.title);
    item.id = session.id;
    item.description = session.id === this.#selected && this.#views.length > 1 ? `${description} · shown` : description;
    item.iconPath = new vscode.ThemeIcon(session.live ? ICONS[session.conductor.state] : ICONS.ended);
    item.tooltip = [session.id, session.cwd].filter(Boolean).join('\n');
    item.contextValue = session.live ? 'live' : 'ended';
    item.accessibilityInformation = { label: `${session.title}, ${description}` };
    item.command = { command: COMMANDS.switchSession, title: 'Switch Session', arguments: [{ session: session.id }] };
    return item;
  }

  dispose(): void {
    this.#view.dispose();
    this.#changed.dispose();
  }
}
