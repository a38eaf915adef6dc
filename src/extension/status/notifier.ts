import * as vscode from 'vscode';
import type { Settings } from '#protocol/settings.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { pendingNotifications, type NotificationMemory, type Notification } from './notifications.ts';
import { plural } from '#extension/base/plural.ts';
import { COMMANDS, PREFIX, VIEWS } from '#extension/base/ids.ts';
import type { NotificationClaims } from './notificationClaims.ts';
import { ellipsize } from '#core/base/text.ts';
import { inertLabel, inertMessage } from '#extension/base/inertText.ts';

/** More notifications than this at once are shown as one with their number. */
const MAX_POPUPS = 3;
/** How much of a text a notification shows; the panel shows all of it. */
const MAX_CHARS = 300;
/** How long a message stays in the status bar. */
const STATUS_MS = 8000;

/** How long a window without the focus waits, so that the one with the focus notifies first. */
const UNFOCUSED_DELAY_MS = 300;

const RELEASE = vscode.l10n.t('Release');
const RELEASE_WITH_COMMENT = vscode.l10n.t('Release with a Word…');
const START = vscode.l10n.t('Start');
const DONT_START = vscode.l10n.t("Don't Start");
const ALLOW = vscode.l10n.t('Allow');
const DENY = vscode.l10n.t('Deny');
const DENY_WITH_COMMENT = vscode.l10n.t('Deny with a Word…');
const SHOW = vscode.l10n.t('Show Panel');
const TERMINAL = vscode.l10n.t('Go to Terminal');
const MUTE = vscode.l10n.t("Don't Show Again");

/** Shows notifications, as popups or in the status bar. */
export class Notifier {
  readonly #memory: NotificationMemory = { sinceMs: Date.now(), notified: new Set() };
  readonly #onDue: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #claims: NotificationClaims;
  readonly #delayed = new Set<NodeJS.Timeout>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onDue called when the next notification becomes due */
  constructor(claims: NotificationClaims, onDue: () => void, onError: (error: unknown) => void) {
    this.#claims = claims;
    claims.prune(Date.now());
    this.#onDue = onDue;
    this.#onError = onError;
  }

  update(views: readonly ViewModel[], settings: Settings): void {
    const results = views
      .filter((view) => view.session.live)
      .map((view) => pendingNotifications(view, settings, this.#memory));
    const next = Math.min(...results.map(({ nextTs }) => nextTs ?? Infinity));
    clearTimeout(this.#timer);
    if (next !== Infinity) this.#timer = setTimeout(this.#onDue, Math.max(0, next - Date.now()) + 1);
    const notifications = results.flatMap((result) => result.notifications);
    for (const { text } of notifications.filter((n) => n.how === 'statusBar').slice(-1)) {
      vscode.window.setStatusBarMessage(`$(bell) ${inertLabel(ellipsize(text, MAX_CHARS))}`, STATUS_MS);
    }
    const popups = notifications.filter((n) => n.how === 'notification');
    if (popups.length === 0) return;
    if (vscode.window.state.focused) {
      this.#notify(popups);
      return;
    }
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#notify(popups);
    }, UNFOCUSED_DELAY_MS);
    this.#delayed.add(timer);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const timer of this.#delayed) clearTimeout(timer);
  }

  /** Claims the notifications, so that only one window shows each. In Restricted Mode nothing is written, so each window does. */
  #notify(popups: readonly Notification[]): void {
    const claimed = vscode.workspace.isTrusted ? popups.filter(({ key }) => this.#claims.claim(key)) : popups;
    if (claimed.length > MAX_POPUPS) this.#catchErrors(notifyMany(claimed));
    else for (const item of claimed) this.#catchErrors(notify(item));
  }

  #catchErrors(notification: Promise<void>): void {
    notification.catch(this.#onError);
  }
}

function notify(item: Notification): Promise<void> {
  if (item.run !== undefined) return notifyPlan(item);
  if (item.kind === 'block') return notifyBlock(item);
  if (item.kind !== 'permission') return notifyOther(item);
  return item.ask === undefined || !vscode.workspace.isTrusted ? notifyAskElsewhere(item) : notifyAsk(item);
}

async function notifyPlan({ text, session, run }: Notification): Promise<void> {
  const choices = vscode.workspace.isTrusted ? [START, DONT_START, SHOW] : [SHOW];
  const choice = await vscode.window.showInformationMessage(oneLine(text), ...choices);
  if (choice === SHOW) await showPanel(session);
  if (choice === START) await vscode.commands.executeCommand(COMMANDS.startPlan, { session, run });
  if (choice === DONT_START) await vscode.commands.executeCommand(COMMANDS.refusePlan, { session, run });
}

async function notifyAsk({ text, session, ask }: Notification): Promise<void> {
  const choice = await vscode.window.showWarningMessage(oneLine(text), ALLOW, DENY, DENY_WITH_COMMENT, SHOW);
  if (choice === SHOW) await showPanel(session);
  if (choice === undefined || choice === SHOW) return;
  const decision = choice === ALLOW ? 'allow' : 'deny';
  const prompt = {
    title: vscode.l10n.t('Deny with a Word'),
    prompt: vscode.l10n.t('Tell Claude why, or what to do instead'),
  };
  const comment = choice === DENY_WITH_COMMENT ? await vscode.window.showInputBox(prompt) : '';
  if (comment !== undefined)
    await vscode.commands.executeCommand(COMMANDS.answerPermission, { session, ask, decision, word: comment });
}

/** A request that only Claude's own terminal can answer. */
async function notifyAskElsewhere({ text, session }: Notification): Promise<void> {
  const choices = vscode.workspace.isTrusted ? [TERMINAL, SHOW, MUTE] : [SHOW, MUTE];
  const choice = await vscode.window.showWarningMessage(oneLine(text), ...choices);
  if (choice === SHOW) await showPanel(session);
  if (choice === TERMINAL) await vscode.commands.executeCommand(COMMANDS.focusTerminal, { session });
  if (choice === MUTE) await mute('permission');
}

async function notifyBlock({ text, session, block }: Notification): Promise<void> {
  const choices = vscode.workspace.isTrusted ? [RELEASE, RELEASE_WITH_COMMENT, SHOW] : [SHOW];
  const choice = await vscode.window.showWarningMessage(oneLine(text), ...choices);
  if (choice === SHOW) await showPanel(session);
  if (choice === RELEASE) await vscode.commands.executeCommand(COMMANDS.release, { session, block });
  if (choice !== RELEASE_WITH_COMMENT) return;
  const comment = await vscode.window.showInputBox({
    title: vscode.l10n.t('Release {0}', block ?? ''),
    prompt: vscode.l10n.t('Tell Claude why or what next'),
  });
  if (comment !== undefined) await vscode.commands.executeCommand(COMMANDS.release, { session, block, word: comment });
}

/** An escalation needs the person, hence a warning; a decision or an end is information. */
async function notifyOther({ text, kind, session }: Notification): Promise<void> {
  const { showInformationMessage, showWarningMessage } = vscode.window;
  const show = kind === 'escalation' ? showWarningMessage : showInformationMessage;
  const choice = await show(oneLine(text), SHOW, MUTE);
  if (choice === SHOW) await showPanel(session);
  if (choice === MUTE) await mute(kind);
}

async function notifyMany(notifications: readonly Notification[]): Promise<void> {
  const neededCount = notifications.filter(({ kind }) => kind !== 'decision' && kind !== 'done').length;
  const text =
    neededCount > 0
      ? plural(vscode.l10n.t('{0, plural, one {# thing needs you.} other {# things need you.}}'), neededCount)
      : plural(
          vscode.l10n.t('{0, plural, one {# thing has happened.} other {# things have happened.}}'),
          notifications.length,
        );
  const show = neededCount > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  if ((await show(text, SHOW)) === SHOW) await vscode.commands.executeCommand(`${VIEWS.panel}.focus`);
}

/** Shows the panel with the notification's session. */
async function showPanel(session: string): Promise<void> {
  await vscode.commands.executeCommand(COMMANDS.showSession, { session });
}

async function mute(kind: Notification['kind']): Promise<void> {
  const config = vscode.workspace.getConfiguration(PREFIX);
  await config.update(`notify.${kind}`, 'statusBar', vscode.ConfigurationTarget.Global);
}

/** Makes a text safe for a notification, where `](` would be part of a link, and cuts it. */
function oneLine(text: string): string {
  return ellipsize(inertMessage(text), MAX_CHARS);
}
