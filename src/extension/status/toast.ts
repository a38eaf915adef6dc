import * as vscode from 'vscode';
import { ellipsize } from '#core/base/text.ts';
import { COMMANDS } from '#extension/base/ids.ts';
import { inertMessage } from '#extension/base/inertText.ts';
import { plural } from '#extension/base/plural.ts';
import type { BoardRow } from '#protocol/board.ts';
import type { News } from './news.ts';

/** How much of a text a notification shows; the panel shows all of it. */
const MAX_CHARS = 300;

type Link = [label: string, command: string, argument: object];

/**
 * A message about decisions that goes away once none of them is needed any more. The editor ends only one kind of message
 * from outside, that of a running task. It has one button, the one that would cancel the task: it takes the message away.
 * What else the person can do stands in the text as links.
 */
export class DecisionToast {
  readonly #pending: Set<string>;
  #end: () => void = () => {};

  /** @param news one decision, or several, of which only the number is shown */
  constructor(news: readonly News[]) {
    this.#pending = new Set(news.map(({ key }) => key));
    const done = new Promise<void>((resolve) => (this.#end = resolve));
    const [first] = news;
    const count = vscode.l10n.t('{0, plural, one {# thing needs you.} other {# things need you.}}');
    const one = news.length === 1 ? first : undefined;
    const title = withLinks(one?.text ?? plural(count, news.length), [...decisionLinks(one?.row), ...otherLinks(one)]);
    // the editor takes the name of the button here, as its own parts do; without a button it would cut the text to a line
    const cancellable = vscode.l10n.t('Later') as unknown as boolean;
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable };
    void vscode.window.withProgress(options, (_progress, token) => {
      token.onCancellationRequested(this.#end);
      return done;
    });
  }

  /** Withdraws it if none of its decisions is among those that are needed. Returns whether it has been. */
  update(isNeeded: (key: string) => boolean): boolean {
    for (const key of this.#pending) if (!isNeeded(key)) this.#pending.delete(key);
    if (this.#pending.size === 0) this.#end();
    return this.#pending.size === 0;
  }

  dispose(): void {
    this.#end();
  }
}

/** A message about something that has happened. */
export async function showNews({ text, kind, session }: News): Promise<void> {
  const { showInformationMessage, showWarningMessage } = vscode.window;
  const show = kind === 'escalation' ? showWarningMessage : showInformationMessage;
  const [look, less] = [vscode.l10n.t('Look'), vscode.l10n.t('Less of These…')];
  const choice = await show(ellipsize(inertMessage(text), MAX_CHARS), look, less);
  if (choice === look) await vscode.commands.executeCommand(COMMANDS.showSession, { session });
  if (choice === less) await vscode.commands.executeCommand(COMMANDS.lessNews, { kind });
}

/** Several things that have happened at once. */
export async function showMany(count: number): Promise<void> {
  const look = vscode.l10n.t('Look');
  const text = plural(vscode.l10n.t('{0, plural, one {# thing has happened.} other {# things have happened.}}'), count);
  if ((await vscode.window.showInformationMessage(text, look)) === look)
    await vscode.commands.executeCommand(COMMANDS.board);
}

/** What the person can decide without looking; nothing in Restricted Mode. */
function decisionLinks(row: BoardRow | undefined): Link[] {
  if (row?.session === undefined || !row.canAct || !vscode.workspace.isTrusted) return [];
  const { session, ask, call, notice } = row;
  if (ask?.answerable === true)
    return [
      [vscode.l10n.t('Allow'), COMMANDS.answerPermission, { session, ask: ask.id, decision: 'allow' }],
      [vscode.l10n.t('Deny'), COMMANDS.answerPermission, { session, ask: ask.id, decision: 'deny' }],
    ];
  if (call !== undefined) return callLinks({ session, call: call.id }, call.canDeny === true);
  if (notice?.run !== undefined)
    return [
      [vscode.l10n.t('Start'), COMMANDS.startPlan, { session, run: notice.run }],
      [vscode.l10n.t("Don't Start"), COMMANDS.refusePlan, { session, run: notice.run }],
    ];
  return notice === undefined && row.reach?.noTerminal !== true && row.machine === undefined
    ? [[vscode.l10n.t('Go to Claude'), COMMANDS.focusTerminal, { session }]]
    : [];
}

const callLinks = (call: { session: string; call: string }, canDeny: boolean): Link[] => [
  [vscode.l10n.t('Let It Run'), COMMANDS.letRun, call],
  ...(canDeny ? [[vscode.l10n.t('Refuse'), COMMANDS.denyCall, call] satisfies Link] : []),
];

const otherLinks = (one: News | undefined): Link[] => [
  [vscode.l10n.t('Look'), COMMANDS.board, { row: one?.row?.id }],
  ...(one === undefined
    ? []
    : [[vscode.l10n.t('Less of These…'), COMMANDS.lessNews, { kind: one.kind }] satisfies Link]),
];

/** Words of others have no bracket in which a link could begin. */
function withLinks(text: string, links: readonly Link[]): string {
  const inert = ellipsize(inertMessage(text), MAX_CHARS).replaceAll('[', '［');
  const written = links.map(([label, command, argument]) => {
    const encoded = encodeURIComponent(JSON.stringify([argument]))
      .replaceAll('(', '%28')
      .replaceAll(')', '%29');
    return `[${label}](command:${command}?${encoded})`;
  });
  return `${inert} ${written.join(' · ')}`;
}
