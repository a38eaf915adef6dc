import * as vscode from 'vscode';
import { ellipsize } from '#core/base/text.ts';
import { inertLabel } from '#extension/base/inertText.ts';
import { dueNews, type News, type NewsMemory, type NewsSources } from './news.ts';
import type { NotificationClaims } from './notificationClaims.ts';
import type { DecisionToast } from './toast.ts';

/** More messages than this at once are shown as one with their number. */
const MAX_TOASTS = 3;
/** How much of a text the status bar shows, and how long. */
const MAX_CHARS = 300;
const STATUS_MS = 8000;
/** What comes within this time is shown together. */
const COALESCE_MS = 250;
/** How much longer a window without the focus waits, so that the one with the focus is the first. */
const UNFOCUSED_DELAY_MS = 300;

/** Gives the person the news, as messages or in the status bar, and withdraws a message that is no longer true. */
export class Notifier {
  readonly #memory: NewsMemory = { sinceMs: Date.now(), given: new Set(), turns: new Map() };
  readonly #onDue: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #claims: NotificationClaims;
  /** What is to be shown together. */
  #waiting: News[] = [];
  #standing: ReadonlyMap<string, News> = new Map();
  readonly #toasts = new Set<DecisionToast>();
  #flushTimer: NodeJS.Timeout | undefined;
  #dueTimer: NodeJS.Timeout | undefined;

  /** @param onDue called when the next news become due */
  constructor(claims: NotificationClaims, onDue: () => void, onError: (error: unknown) => void) {
    this.#claims = claims;
    claims.prune(Date.now());
    this.#onDue = onDue;
    this.#onError = onError;
  }

  update(sources: NewsSources): void {
    if (sources.board.live === 0 && this.#standing.size === 0) return;
    const { news, standing, nextTs } = dueNews(sources, this.#memory);
    this.#standing = standing;
    for (const toast of this.#toasts) if (toast.update((key) => standing.has(key))) this.#toasts.delete(toast);
    clearTimeout(this.#dueTimer);
    if (nextTs !== undefined) this.#dueTimer = setTimeout(this.#onDue, Math.max(0, nextTs - Date.now()) + 1);
    for (const { text } of news.filter(({ how }) => how === 'statusBar').slice(-1))
      vscode.window.setStatusBarMessage(`$(bell) ${inertLabel(ellipsize(text, MAX_CHARS))}`, STATUS_MS);
    this.#waiting.push(...news.filter(({ how }) => how === 'notification'));
    if (this.#waiting.length === 0 || this.#flushTimer !== undefined) return;
    const delayMs = COALESCE_MS + (vscode.window.state.focused ? 0 : UNFOCUSED_DELAY_MS);
    this.#flushTimer = setTimeout(() => void this.#flush().catch(this.#onError), delayMs);
  }

  dispose(): void {
    clearTimeout(this.#dueTimer);
    clearTimeout(this.#flushTimer);
    for (const toast of this.#toasts) toast.dispose();
  }

  /** Claims what is still true, so that only one window shows each. In Restricted Mode nothing is written, so each window does. */
  async #flush(): Promise<void> {
    const { DecisionToast, showMany, showNews } = await import('./toast.ts');
    this.#flushTimer = undefined;
    const waiting = this.#waiting.splice(0).flatMap((item) => (item.row ? (this.#standing.get(item.key) ?? []) : item));
    const claimed = vscode.workspace.isTrusted ? waiting.filter(({ key }) => this.#claims.claim(key)) : waiting;
    const decisions = claimed.filter(({ row }) => row !== undefined);
    const others = claimed.filter(({ row }) => row === undefined);
    if (decisions.length > MAX_TOASTS) this.#toasts.add(new DecisionToast(decisions));
    else for (const item of decisions) this.#toasts.add(new DecisionToast([item]));
    if (others.length > MAX_TOASTS) showMany(others.length).catch(this.#onError);
    else for (const item of others) showNews(item).catch(this.#onError);
  }
}
