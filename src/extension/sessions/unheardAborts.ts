import * as vscode from 'vscode';
import { interruptClaude, isUnheard } from '../../core/session/interrupt.ts';
import { readSessionInfo } from '../../core/session/sessionInfo.ts';
import { HumanError } from '../humanError.ts';
import type { WatchedSession } from './watchedSession.ts';

/** So long a hook may be on its way. */
const PATIENCE_MS = 10_000;
const INTERRUPT = vscode.l10n.t('Interrupt Claude');

/** An abort works through the hooks. Where none is met for a while, the person may interrupt Claude's process itself. */
export class UnheardAborts {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #fault: (error: unknown) => void;

  constructor(fault: (error: unknown) => void) {
    this.#fault = fault;
  }

  /** Looks at an aborted session again after a while. */
  follow(session: WatchedSession): void {
    clearTimeout(this.#timers.get(session.dir));
    const look = (): void => {
      this.#timers.delete(session.dir);
      offer(session).catch(this.#fault);
    };
    this.#timers.set(session.dir, setTimeout(look, PATIENCE_MS));
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }
}

async function offer(session: WatchedSession): Promise<void> {
  if (!session.live || !isUnheard(session.state)) return;
  const text = vscode.l10n.t(
    'Claude has met no hook since the session was aborted: it may be thinking, or in a long call. Interrupt its process? In a terminal that is like Ctrl-C.',
  );
  if ((await vscode.window.showWarningMessage(text, INTERRUPT)) !== INTERRUPT || !isUnheard(session.state)) return;
  if (interruptClaude(readSessionInfo(session.dir)) === undefined)
    throw new HumanError(
      vscode.l10n.t('Claude was not interrupted: its process is gone, or cannot be told from another one.'),
    );
}
