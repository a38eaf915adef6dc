import { l10n } from 'vscode';
import { consumeFlags, raiseFlag } from '#core/session/flags.ts';
import { newerFormatReason } from '#core/fold/newerFormat.ts';
import { publish } from '#core/session/publish.ts';
import type { NewEvent } from '#core/log/append.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { PAUSE_KEY, pauseOf, type Session } from '#extension/sessions/session.ts';
import type { SessionStore } from '#extension/sessions/sessionStore.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';

export interface ActionsOptions {
  store: SessionStore;
  trusted: () => boolean;
  /** Ends a worker's processes and says so in its session's log. */
  abort: (dir: string, worker: string) => Promise<void>;
  /** The person has let something go that was held. */
  onReleased: () => void;
  /** A session has been told to stop. */
  onAborted: (session: LoggedSession) => void;
  /** Starts the workers of a session that may start now. */
  startNext: (dir: string) => Promise<void>;
}

/**
 * What the person may do to a session, from whichever surface. Everything is said in the session's log, so that every
 * other reader learns of it; what hooks must hear without reading the log is raised as a flag first.
 */
export class Actions {
  readonly #options: ActionsOptions;

  constructor(options: ActionsOptions) {
    this.#options = options;
  }

  release(session: LoggedSession, block: string, comment?: string): void {
    this.#assertMayAct(session);
    raiseFlag(session.dir, { kind: 'release', block }, comment);
    this.#consumeFlags(session);
    this.#options.onReleased();
  }

  releaseAll(session: LoggedSession): void {
    this.#assertMayAct(session);
    raiseFlag(session.dir, { kind: 'releaseAll' });
    this.#consumeFlags(session);
    this.#options.onReleased();
  }

  async abortWorker(session: LoggedSession, worker: string): Promise<void> {
    this.#assertMayAct(session);
    try {
      await this.#options.abort(session.dir, worker);
    } finally {
      this.#options.store.refresh(session);
    }
  }

  /** Stops the whole session: its next call is refused, its turn ends there, its workers end. */
  abortSession(session: LoggedSession): void {
    this.#assertMayAct(session);
    raiseFlag(session.dir, { kind: 'abortSession' });
    this.#consumeFlags(session);
    this.#options.onAborted(session);
  }

  /** The person's word about workers that wait for it. */
  async consent(session: LoggedSession, run: string, decision: 'start' | 'refuse'): Promise<void> {
    if (session.state.runs.get(run)?.asks === undefined)
      throw new HumanError(l10n.t('{0} does not wait for you any more.', run));
    this.#publish(session, { t: 'consent', run, decision, by: USER });
    if (decision === 'start') await this.#options.startNext(session.dir);
  }

  /** Takes a lock away from everyone who holds it; the next in line gets it. */
  breakLock(session: LoggedSession, resource: string): void {
    const holders = session.state.locks.get(resource)?.holders ?? [];
    if (holders.length === 0) throw new HumanError(l10n.t('Nobody holds {0} any more.', resource));
    this.#publish(
      session,
      ...holders.map(({ worker, token }): NewEvent => ({ t: 'release', worker, resource, token, by: USER })),
    );
  }

  /** Answers a permission request beside the dialog in the terminal; the hook that waits for it takes the flag. */
  answer(session: LoggedSession, ask: string, decision: 'allow' | 'deny', comment = ''): void {
    this.#assertMayAct(session);
    const open = session.state.asks.get(ask);
    if (open === undefined) throw new HumanError(l10n.t('That has been answered already.'));
    if (open.answerable !== true) throw new HumanError(l10n.t('This can be answered only where Claude runs.'));
    raiseFlag(session.dir, { kind: 'answer', ask }, comment === '' ? decision : `${decision}\n${comment}`);
  }

  /** The person decides a ballot, whatever has been cast. */
  decide(session: LoggedSession, ballot: string, decision: string): void {
    if (session.state.ballots.get(ballot)?.decided !== undefined)
      throw new HumanError(l10n.t('{0} has been decided already.', ballot));
    this.#publish(session, { t: 'decide', ballot, decision, by: USER });
  }

  /** Takes something that the person has seen out of what needs them. */
  dismiss(session: Session, ref: number): void {
    this.#assertMayAct(session);
    session.append(Date.now(), { t: 'dismiss', ref, by: USER });
  }

  /** A word to Claude or to a worker, delivered once. An idle Claude is woken by it. */
  sendMessage(session: LoggedSession, to: string, text: string): void {
    this.#publish(session, { t: 'tell', to, text, by: USER, ...(to === CONDUCTOR ? { now: true } : {}) });
  }

  pause(session: LoggedSession): void {
    // not translated: Claude reads it
    const message = 'Paused by the person at the keyboard';
    this.#publish(session, { t: 'hook', worker: USER, event: 'PreToolUse', exit: 2, key: PAUSE_KEY, message });
  }

  resume(session: LoggedSession): void {
    const block = pauseOf(session);
    if (block === undefined) throw new HumanError(l10n.t('Claude is not paused.'));
    this.#publish(session, { t: 'unblock', block, by: USER });
  }

  #publish(session: LoggedSession, ...events: NewEvent[]): void {
    this.#assertMayAct(session);
    publish(session.dir, Date.now(), ...events);
    this.#options.store.refresh(session);
  }

  #consumeFlags(session: LoggedSession): void {
    consumeFlags(session.dir, Date.now());
    this.#options.store.refresh(session);
  }

  #assertMayAct({ state }: Session): void {
    if (!this.#options.trusted())
      throw new HumanError(l10n.t('In Restricted Mode Fermata only watches. Trust the folder first.'));
    const formatProblem = newerFormatReason(state);
    if (formatProblem !== undefined) throw new HumanError(l10n.t('{0} Update the extension.', formatProblem));
  }
}
