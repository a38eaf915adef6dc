import { l10n } from 'vscode';
import { raiseAnswer, publishCommand, type PersonCommand } from '#core/session/flags.ts';
import { newerFormatReason } from '#core/fold/queries.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { holdersOf } from '#core/fold/lockTree.ts';
import { publish } from '#core/session/publish.ts';
import type { NewEvent } from '#core/log/append.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { givenUp } from '#core/workers/giveUpWorker.ts';
import { pause, pauseOf } from '#core/session/pause.ts';
import type { Session } from '#extension/sessions/session.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import type { CommandSources } from './command.ts';

type ActionSources = Pick<CommandSources, 'store' | 'trusted' | 'workerControl' | 'abortWatch'>;

/**
 * What the person may do to a session, from any surface. Each action is published in the session's log, so that every
 * reader learns of it; only the answer to a permission request is a flag, for the hook that waits for it.
 */
export class Actions {
  readonly #sources: ActionSources;
  readonly #onReleased: () => void;

  constructor(sources: ActionSources, onReleased: () => void) {
    this.#sources = sources;
    this.#onReleased = onReleased;
  }

  release(session: LoggedSession, block: string, comment?: string): void {
    this.#assertMayAct(session);
    this.#publishCommand(session, { kind: 'release', block }, comment);
    this.#onReleased();
  }

  releaseAll(session: LoggedSession): void {
    this.#assertMayAct(session);
    this.#publishCommand(session, { kind: 'release', block: 'all' });
    this.#onReleased();
  }

  async abortWorker(session: LoggedSession, worker: string, word?: string): Promise<void> {
    this.#assertMayAct(session);
    try {
      await (await this.#sources.workerControl()).abort(session.dir, worker, word);
    } finally {
      this.#sources.store.refresh(session);
    }
  }

  /** Counts a worker as lost whose machine is not heard any more. */
  giveUpWorker(session: LoggedSession, worker: string): void {
    const known = session.state.workers.get(worker);
    const event = known === undefined || hasEnded(known) ? undefined : givenUp(session.dir, known, USER);
    if (event === undefined)
      throw new HumanError(l10n.t('{0} has ended, or runs on this machine, where it can be aborted.', worker));
    this.publish(session, event);
  }

  /** Stops the whole session: its next call is refused, its turn ends, and its workers are aborted. */
  abortSession(session: LoggedSession): void {
    this.#assertMayAct(session);
    assertRuns(session);
    this.#publishCommand(session, { kind: 'abort' });
    // the process of another machine's Claude is not here
    if (!session.isCopy) this.#sources.abortWatch.watch(session);
  }

  /** Starts or refuses planned workers that wait for the person's consent. */
  async consent(session: LoggedSession, run: string, decision: 'start' | 'refuse'): Promise<void> {
    if (session.state.runs.get(run)?.asks === undefined)
      throw new HumanError(l10n.t('{0} does not wait for you any more.', run));
    this.publish(session, { t: 'consent', run, decision, by: USER });
    if (decision === 'start') (await this.#sources.workerControl()).startNext(session.dir);
  }

  /** Takes a lock away from all its holders; the next in the queue gets it. */
  breakLock(session: LoggedSession, resource: string): void {
    const holders = holdersOf(session.state, resource);
    const own = holders.filter((held) => held.resource === resource);
    // a request may wait for the holder of other files
    const broken = own.length > 0 ? own : holders;
    if (holders.length === 0) throw new HumanError(l10n.t('Nobody holds {0} any more.', resource));
    this.publish(
      session,
      ...broken.map(({ resource: held, holder: { worker, token } }): NewEvent => {
        return { t: 'release', worker, resource: held, token, by: USER };
      }),
    );
  }

  /** Answers a permission request in place of the dialog in the terminal; the hook that waits for it consumes the flag. */
  answer(session: LoggedSession, ask: string, decision: 'allow' | 'deny', comment = ''): void {
    this.#assertMayAct(session);
    const open = session.state.asks.get(ask);
    if (open === undefined) throw new HumanError(l10n.t('That has been answered already.'));
    if (open.answerable !== true) throw new HumanError(l10n.t('This can be answered only where Claude runs.'));
    raiseAnswer(session.dir, ask, { decision, comment });
  }

  /** Decides a ballot for the person, whatever votes have been cast. */
  decide(session: LoggedSession, ballot: string, decision: string): void {
    if (session.state.ballots.get(ballot)?.decided !== undefined)
      throw new HumanError(l10n.t('{0} has been decided already.', ballot));
    this.publish(session, { t: 'decide', ballot, decision, by: USER });
  }

  /** Removes a notice that the person has read from those that need them. */
  dismiss(session: Session, ref: number): void {
    this.#assertMayAct(session);
    session.append(Date.now(), { t: 'dismiss', ref, by: USER });
  }

  /** Sends a message to Claude or to a worker, delivered once. It wakes an idle Claude. */
  sendMessage(session: LoggedSession, to: string, text: string): void {
    this.publish(session, { t: 'tell', to, text, by: USER, now: to === CONDUCTOR || undefined });
  }

  /** Holds the calls of Claude and its subagents, or of one subagent. */
  pause(session: LoggedSession, agent?: string): void {
    assertRuns(session);
    this.publish(session, pause(agent));
  }

  hold(session: LoggedSession, ...events: NewEvent[]): void {
    assertRuns(session);
    this.publish(session, ...events);
  }

  resume(session: LoggedSession, agent?: string): void {
    const block = pauseOf(session.state, agent);
    if (block === undefined)
      throw new HumanError(
        agent === undefined ? l10n.t('Claude is not paused.') : l10n.t('That is not paused any more.'),
      );
    this.publish(session, { t: 'unblock', block: block.id, by: USER });
  }

  /** Appends to a session's log and reads it. Throws where the person may not act. */
  publish(session: LoggedSession, ...events: NewEvent[]): void {
    this.#assertMayAct(session);
    publish(session.dir, Date.now(), ...events);
    this.#sources.store.refresh(session);
  }

  /** Reads the log first: another window may have published the same command. */
  #publishCommand(session: LoggedSession, command: PersonCommand, comment?: string): void {
    this.#sources.store.refresh(session);
    publishCommand(session.dir, session.state, Date.now(), command, comment);
    this.#sources.store.refresh(session);
  }

  #assertMayAct({ state, reach }: Session): void {
    if (!this.#sources.trusted())
      throw new HumanError(l10n.t('In Restricted Mode Fermata only watches. Trust the folder first.'));
    if (reach?.outOfReach === 'machine')
      throw new HumanError(l10n.t('This session runs on another machine. Decide it there.'));
    if (reach?.outOfReach === 'user')
      throw new HumanError(l10n.t('This session belongs to another user, who has to decide it.'));
    const formatProblem = newerFormatReason(state);
    if (formatProblem !== undefined) throw new HumanError(l10n.t('{0} Update the extension.', formatProblem));
  }
}

function assertRuns({ live }: Session): void {
  if (!live) throw new HumanError(l10n.t('This session has ended: there is nothing to stop.'));
}
