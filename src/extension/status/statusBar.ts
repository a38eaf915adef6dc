import * as vscode from 'vscode';
import type { Settings } from '#protocol/settings.ts';
import type { BoardView } from '#protocol/board.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { COMMANDS } from '#extension/base/ids.ts';
import { inertMarkdown } from '#extension/base/inertText.ts';
import { describeSession } from './describeSession.ts';
import { describeNeedsYou } from './needs.ts';
import { describeSummary, isShown, describeNeeds, type Summary } from './summary.ts';

/** The item in the status bar; a click goes to what needs the person first. */
export class StatusBar {
  readonly #item = vscode.window.createStatusBarItem('fermata.status', vscode.StatusBarAlignment.Left, 10);

  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#item.name = 'Fermata';
    this.#item.command = COMMANDS.board;
  }

  show(summary: Summary, views: readonly ViewModel[], { groups }: BoardView, setting: Settings['statusBar']): void {
    clearInterval(this.#timer);
    if (!isShown(setting, summary)) {
      this.#item.hide();
      return;
    }
    const needsPerson = summary.needsYou > 0;
    const tick = (): string => this.#tick(summary, groups.needsYou);
    const label = tick();
    this.#item.backgroundColor = needsPerson ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Fermata: {0}; {1}', label, describeNeeds(summary.needsYou)),
    };
    this.#item.tooltip = tooltip(summary, views);
    this.#item.show();
    if (summary.held !== undefined || needsPerson) this.#timer = setInterval(tick, 1000);
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#item.dispose();
  }

  /** Sets the text. It counts the seconds of a held call, since Claude Code itself does not show them. */
  #tick(summary: Summary, needing: BoardView['groups']['needsYou']): string {
    const now = Date.now();
    const { icon, text } =
      needing.length > 0 ? describeNeedsYou(needing, now) : { icon: 'pulse', text: describeSummary(summary, now) };
    this.#item.text = `$(${icon}) ${text}`;
    return text;
  }
}

const link = (text: string, command: string, argument?: object): string =>
  `[${text}](command:${command}${argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([argument]))}`})`;

/** How many sessions the tooltip lists; the panel lists all. */
const MAX_SESSIONS = 10;

/** No part of it counts seconds, since a redraw would move a link from under the mouse. */
function tooltip(summary: Summary, views: readonly ViewModel[]): vscode.MarkdownString {
  const links = [link(vscode.l10n.t('Open Panel'), COMMANDS.board)];
  if (summary.blocks > 0) links.push(link(vscode.l10n.t('Release…'), COMMANDS.release));
  if (summary.sessions > 1) links.push(link(vscode.l10n.t('Switch Session…'), COMMANDS.switchSession));
  const text = new vscode.MarkdownString('**Fermata**: ');
  const { held: _, ...counts } = summary;
  text.appendMarkdown(inertMarkdown(describeSummary(counts, Date.now())));
  text.appendMarkdown(`\n\n${describeNeeds(summary.needsYou)}\n\n`);
  const live = views.filter((v) => v.session.live);
  const several = new Set(live.map(({ session }) => session.projectName)).size > 1;
  for (const view of live.slice(0, MAX_SESSIONS)) {
    const { id, name, projectName } = view.session;
    const linkToSession = link(inertMarkdown(name), COMMANDS.showSession, { session: id });
    const project = several ? ` · ${inertMarkdown(projectName)}` : '';
    text.appendMarkdown(`${linkToSession}${project}: ${inertMarkdown(describeSession(view))}\n\n`);
  }
  text.appendMarkdown(links.join(' · '));
  // `true`, since the editor closes an open tooltip unless the new one is equal, and a list of allowed commands never is.
  // Words of others are in it only as `inertMarkdown`, so that every link is one of these.
  text.isTrusted = true;
  return text;
}
