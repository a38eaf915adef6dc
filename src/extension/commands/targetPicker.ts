import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Speed } from '#protocol/replay.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import { plural } from '#extension/base/plural.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { pickOne, type Choice } from '#extension/base/quickPick.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import type { Session } from '#extension/sessions/session.ts';
import { workerStateLabel } from '#extension/status/describeSession.ts';
import { describeSession } from '#extension/status/describeSession.ts';
import { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { realPath } from '#extension/sessions/windowFolders.ts';

/** What a command was called with: from the panel and from menus by id, from the palette with nothing. */
export interface Target {
  session?: string;
  block?: string;
  worker?: string;
  resource?: string;
  ballot?: string;
  run?: string;
  decision?: string;
  ask?: string;
  word?: string;
  /** `focused`: the row in the view "Sessions" that the keyboard is on. */
  row?: string;
  /** Where in the log, bytes. */
  pos?: number;
  /** A moment of the past: after so many events. */
  event?: number;
  /** Where to go in the past, and how fast it is played. */
  to?: 'previous' | 'next';
  speed?: Speed;
  /** Where hooks are installed. */
  scope?: string;
  notice?: number;
  /** The panel has asked already whether the person is sure. */
  confirmed?: boolean;
}

/** Sessions in folders that are not this window's. */
export interface OtherFolders {
  /** Folders in which sessions run, and how many. */
  projects: () => Map<string, number>;
  include: (project: string) => void;
}

/** Finds what a command is about, and asks by Quick Pick for what it was not told. */
export class TargetPicker {
  readonly #list: SessionList;
  readonly #selection: Selection;
  readonly #otherFolders: OtherFolders;

  constructor(list: SessionList, selection: Selection, otherFolders: OtherFolders) {
    this.#list = list;
    this.#selection = selection;
    this.#otherFolders = otherFolders;
  }

  /** The session to do something to; one without hooks is only watched. */
  session(target: Target): LoggedSession {
    const session = this.#find(target);
    if (session instanceof LoggedSession) return session;
    throw new HumanError(
      vscode.l10n.t(
        'This session is only watched: its hooks do not reach Fermata. Install the hooks, then restart the session.',
      ),
    );
  }

  #find(target: Target): Session {
    const session =
      target.session === undefined
        ? this.#selection.current()
        : (this.#list.find(target.session) ?? this.#list.open(target.session));
    if (session === undefined)
      throw new HumanError(vscode.l10n.t('There is no such session of Claude Code in this window.'));
    return session;
  }

  /** A session that has a log: the one that is meant, the only one, or one of several that the person picks. */
  async loggedSession(target: Target, title: string): Promise<LoggedSession | undefined> {
    const all = this.#list.list().filter((session) => session instanceof LoggedSession);
    if (target.session !== undefined || all.length < 2) return this.session(target);
    const shown = this.#selection.current();
    const shownFirst = all.filter((session) => session === shown);
    const choices = [...shownFirst, ...all.filter((session) => session !== shown)].map((session) => {
      const view = this.#list.view(session, Date.now());
      return { label: view.session.title, description: describeSession(view), detail: session.id, value: session };
    });
    return pickOne(choices, title, vscode.l10n.t('Of which session?'));
  }

  async anySession(target: Target): Promise<Session | undefined> {
    if (target.session !== undefined) return this.#find(target);
    const inWindow = this.#list.list().map((session): Choice<Session | undefined> => {
      const view = this.#list.view(session, Date.now());
      return { label: view.session.title, description: describeSession(view), detail: session.id, value: session };
    });
    const otherProjects = this.#otherProjects();
    if (inWindow.length + otherProjects.length === 0)
      throw new HumanError(vscode.l10n.t('There is no session of Claude Code in this window yet.'));
    const others = {
      label: vscode.l10n.t('Sessions in other folders…'),
      description: `${otherProjects.length}`,
      value: undefined,
    };
    const choices = (otherProjects.length > 0 ? [...inWindow, others] : inWindow).map((each) => ({
      ...each,
      value: each,
    }));
    const choice = await pickOne(choices, vscode.l10n.t('Switch Session'), vscode.l10n.t('Show another session'));
    return choice === others ? this.#sessionInOtherFolder(otherProjects) : choice?.value;
  }

  /** A notice and, where it has the same cause in other sessions, those. */
  sameCause(session: Session, notice: number): [Session, number][] {
    const noticesOf = (each: Session) => this.#list.view(each, Date.now()).notices;
    const cause = noticesOf(session).find(({ dismiss }) => dismiss === notice)?.cause;
    if (cause === undefined) return [[session, notice]];
    return this.#list
      .list()
      .flatMap((each) =>
        noticesOf(each).flatMap((n): [Session, number][] =>
          n.cause === cause && n.dismiss !== undefined ? [[each, n.dismiss]] : [],
        ),
      );
  }

  /** Shows the sessions of another folder from now on, and returns the newest of them. */
  async #sessionInOtherFolder(projects: [string, number][]): Promise<Session | undefined> {
    const choices = projects.map(([project, count]) => ({
      label: basename(project),
      description: plural(vscode.l10n.t('{0, plural, one {# session} other {# sessions}}'), count),
      detail: project,
      value: project,
    }));
    const project = await pickOne(
      choices,
      vscode.l10n.t('Sessions in Other Folders'),
      vscode.l10n.t('Show the sessions of which folder?'),
    );
    if (project === undefined) return undefined;
    this.#otherFolders.include(project);
    return this.#list.list().find((session) => session.project === realPath(project));
  }

  #otherProjects(): [string, number][] {
    const inWindow = new Set(this.#list.list().map((session) => session.project));
    return [...this.#otherFolders.projects()].filter(([project]) => !inWindow.has(realPath(project)));
  }

  async block(session: LoggedSession, target: Target): Promise<string | undefined> {
    if (target.block !== undefined) return target.block;
    const active = this.#view(session).blocks.filter((b) => b.standing);
    if (active.length === 0) throw new HumanError(vscode.l10n.t('Nothing is blocked.'));
    const choices = active.map((b) => ({
      label: b.id,
      description: `${b.worker}: ${b.concerns}`,
      detail: b.reason,
      value: b.id,
    }));
    return pickOne(choices, vscode.l10n.t('Release'), vscode.l10n.t('Let go of a block'));
  }

  async worker(
    session: LoggedSession,
    target: Target,
    title: string,
    filter: (w: ViewModel['workers'][number]) => boolean,
  ): Promise<string | undefined> {
    if (target.worker !== undefined) return target.worker;
    const workers = this.#view(session).workers.filter(filter);
    if (workers.length === 0) throw new HumanError(vscode.l10n.t('There is no such worker.'));
    const choices = workers.map((w) => ({
      label: w.id,
      description: workerStateLabel(w.state),
      ...(w.task === undefined ? {} : { detail: w.task }),
      value: w.id,
    }));
    return pickOne(choices, title, vscode.l10n.t('Which worker?'));
  }

  /** Whom to send a message: Claude, or a worker that is there. */
  async addressee(session: LoggedSession, target: Target): Promise<string | undefined> {
    if (target.worker !== undefined) return target.worker;
    const workers = this.#view(session).workers.filter((w) => w.endedTs === undefined);
    if (workers.length === 0) return CONDUCTOR;
    const choices = [
      { label: 'Claude', description: vscode.l10n.t('the Conductor of this session'), value: CONDUCTOR },
      ...workers.map((w) => ({ label: w.id, description: w.task ?? workerStateLabel(w.state), value: w.id })),
    ];
    return pickOne(choices, vscode.l10n.t('Send Message'), vscode.l10n.t('To whom?'));
  }

  /** The text of a message; undefined if the person gave it up or wrote nothing. */
  async message(to: string): Promise<string | undefined> {
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Message to {0}', to === CONDUCTOR ? 'Claude' : to),
      prompt:
        to === CONDUCTOR
          ? vscode.l10n.t('Claude reads it with its next step.')
          : vscode.l10n.t('{0} reads it with fermata inbox.', to),
      ignoreFocusOut: true,
    });
    return text?.trim() || undefined;
  }

  async lock(session: LoggedSession, target: Target): Promise<string | undefined> {
    if (target.resource !== undefined) return target.resource;
    const held = this.#view(session).locks.filter((l) => l.holders.length > 0);
    if (held.length === 0) throw new HumanError(vscode.l10n.t('Nothing is locked.'));
    const choices = held.map((l) => ({
      label: l.resource,
      description: vscode.l10n.t('held by {0}', l.holders.map((h) => h.worker).join(', ')),
      value: l.resource,
    }));
    return pickOne(choices, vscode.l10n.t('Break Lock'), vscode.l10n.t('Take it away from its holder'));
  }

  async ballot(session: LoggedSession, target: Target): Promise<{ ballot: string; decision: string } | undefined> {
    const { ballot, decision } = target;
    if (ballot !== undefined && decision !== undefined) return { ballot, decision };
    const open = this.#view(session).ballots.filter((b) => b.decided === undefined);
    if (open.length === 0) throw new HumanError(vscode.l10n.t('There is nothing to vote on.'));
    const choices = open.flatMap((b) =>
      b.options.map(({ option, voters }) => ({
        label: `${b.name}: ${option}`,
        description: voters.length === 0 ? '' : vscode.l10n.t('for it: {0}', voters.join(', ')),
        ...(b.question === undefined ? {} : { detail: b.question }),
        value: { ballot: b.name, decision: option },
      })),
    );
    return pickOne(choices, vscode.l10n.t('Cast Vote'), vscode.l10n.t('Decide for everyone'));
  }

  async plan(session: LoggedSession, target: Target, title: string): Promise<string | undefined> {
    if (target.run !== undefined) return target.run;
    const waiting = this.#view(session).notices.filter((n) => n.kind === 'plan' && n.run !== undefined);
    if (waiting.length === 0) throw new HumanError(vscode.l10n.t('No workers wait for your word.'));
    const choices = waiting.map((n) => ({ label: n.run ?? '', detail: n.text, value: n.run ?? '' }));
    return pickOne(choices, title, vscode.l10n.t('Of which run?'));
  }

  async permission(
    session: LoggedSession,
    target: Target,
  ): Promise<{ ask: string; decision: 'allow' | 'deny' } | undefined> {
    const { ask, decision } = target;
    if (ask !== undefined && (decision === 'allow' || decision === 'deny')) return { ask, decision };
    const open = this.#view(session).asks.filter((a) => a.answerable === true);
    if (open.length === 0) throw new HumanError(vscode.l10n.t('Claude asks for nothing that could be answered here.'));
    const choices = open.flatMap(({ id, tool, summary, worker = 'Claude' }) =>
      (['allow', 'deny'] as const).map((choice) => ({
        label: choice === 'allow' ? vscode.l10n.t('Allow: {0}', tool) : vscode.l10n.t('Deny: {0}', tool),
        description: worker,
        detail: summary,
        value: { ask: id, decision: choice },
      })),
    );
    return pickOne(choices, vscode.l10n.t('Answer Permission'), vscode.l10n.t('Allow or deny what Claude asks for'));
  }

  /** Asks before something that cannot be taken back. */
  async confirm(question: string, answer: string): Promise<boolean> {
    return (await vscode.window.showWarningMessage(question, { modal: true }, answer)) === answer;
  }

  #view(session: LoggedSession): ViewModel {
    return this.#list.view(session, Date.now());
  }
}
