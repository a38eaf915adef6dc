import * as vscode from 'vscode';
import { interruptClaude, isAbortPending } from '#core/claude/interrupt.ts';
import { readSessionInfo } from '#core/session/info.ts';
import { HumanError } from '#extension/base/humanError.ts';
import type { LoggedSession } from './loggedSession.ts';

/** How long after an abort a hook may take to see it. */
const TIMEOUT_MS = 10_000;
const INTERRUPT = vscode.l10n.t('Interrupt Claude');

/** An abort takes effect at the next hook. If there is none for a while, the person may interrupt Claude's process. */
export class AbortWatch {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Checks an aborted session after the timeout. */
  watch(session: LoggedSession): void {
    clearTimeout(this.#timers.get(session.dir));
    const check = (): void => {
      this.#timers.delete(session.dir);
      offerInterrupt(session).catch(this.#onError);
    };
    this.#timers.set(session.dir, setTimeout(check, TIMEOUT_MS));
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }
}

async function offerInterrupt(session: LoggedSession): Promise<void> {
  if (!session.live || !isAbortPending(session.state)) return;
  const text = vscode.l10n.t(
    'Claude has met no hook since the session was aborted: it may be thinking, or in a long call. Interrupt its process? In a terminal that is like Ctrl-C.',
  );
  if ((await vscode.window.showWarningMessage(text, INTERRUPT)) !== INTERRUPT || !isAbortPending(session.state)) return;
  if (interruptClaude(readSessionInfo(session.dir)) === undefined)
    throw new HumanError(
      vscode.l10n.t('Claude was not interrupted: its process is gone, or cannot be told from another one.'),
    );
}
