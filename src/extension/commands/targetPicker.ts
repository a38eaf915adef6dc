import { basename } from 'node:path';
import * as vscode from 'vscode';
import { namesIn } from '#core/projection/names.ts';
import type { Names } from '#core/projection/wording.ts';
import { withWindowNames } from '#core/projection/windowNames.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import { plural } from '#extension/base/plural.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { pickOne, type Choice } from '#extension/base/quickPick.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import type { Session } from '#extension/sessions/session.ts';
import { workerStateLabel, describeSession } from '#extension/status/describeSession.ts';
import { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { realPath } from '#core/base/files/facts.ts';
import type { Target } from './command.ts';
import { viewTexts } from '#extension/base/viewTexts.ts';

/** Sessions in folders outside this window. */
export interface OtherFolders {
  /** The folders in which sessions run, with the number of sessions. */
  projects: () => Map<string, number>;
  include: (project: string) => void;
}

/** Finds what a command acts on, and asks by Quick Pick for what its arguments leave open. */
export class TargetPicker {
  readonly #list: SessionList;
  readonly #selection: Selection;
  readonly #otherFolders: OtherFolders;

  constructor(list: SessionList, selection: Selection, otherFolders: OtherFolders) {
    this.#list = list;
    this.#selection = selection;
    this.#otherFolders = otherFolders;
  }

  /** The session that a command acts on. Throws for one without hooks, which is only watched. */
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

  /** A session that has a log: the one of the target, the only one, or the one that the person picks. */
  async loggedSession(target: Target, title: string): Promise<LoggedSession | undefined> {
    const all = this.#list.list().filter((session) => session instanceof LoggedSession);
    if (target.session !== undefined || all.length < 2) return this.session(target);
    const shown = this.#selection.current();
    const shownFirst = all.toSorted((a, b) => Number(b === shown) - Number(a === shown));
    const choices = shownFirst.map((session) => this.#choice(session));
    return pickOne(choices, title, vscode.l10n.t('Of which session?'));
  }

  /** Any session, also one that is only watched or of another folder: the one of the target, or the one that the person picks. */
  async anySession(target: Target): Promise<Session | undefined> {
    if (target.session !== undefined) return this.#find(target);
    const choices: Choice<Session | 'others'>[] = this.#list.list().map((session) => this.#choice(session));
    const otherProjects = this.#otherProjects();
    if (otherProjects.length > 0)
      choices.push({
        label: vscode.l10n.t('Sessions in other folders…'),
        description: `${otherProjects.length}`,
        value: 'others',
      });
    if (choices.length === 0)
      throw new HumanError(vscode.l10n.t('There is no session of Claude Code in this window yet.'));
    const choice = await pickOne(choices, vscode.l10n.t('Switch Session'), vscode.l10n.t('Show another session'));
    return choice === 'others' ? this.#sessionInOtherFolder(otherProjects) : choice;
  }

  /** A notice, together with the notices of other sessions that have the same cause. */
  sameCause(session: Session, notice: number): [Session, number][] {
    const noticesOf = (each: Session): ViewModel['notices'] => this.#view(each).notices;
    const cause = noticesOf(session).find(({ dismiss }) => dismiss === notice)?.cause;
    if (cause === undefined) return [[session, notice]];
    return this.#list.list().flatMap((each) => {
      const same = noticesOf(each).filter((n) => n.cause === cause);
      return same.flatMap(({ dismiss }): [Session, number][] => (dismiss === undefined ? [] : [[each, dismiss]]));
    });
  }

  /** Adds the sessions of another folder to the window, and returns the newest of them. */
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
    const { worker: nameOf } = this.#names(session);
    const choices = active.map(({ id, worker, concerns, reason }) => {
      return { label: id, description: `${nameOf(worker)}: ${concerns}`, detail: reason, value: id };
    });
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
    const choices = workers.map(({ id, name, state, task }) => {
      return { label: name, description: workerStateLabel(state), detail: task === name ? undefined : task, value: id };
    });
    return pickOne(choices, title, vscode.l10n.t('Which worker?'));
  }

  /** The receiver of a message: Claude, or a worker that has not ended. */
  async addressee(session: LoggedSession, target: Target): Promise<string | undefined> {
    if (target.worker !== undefined) return target.worker;
    const workers = this.#view(session).workers.filter((w) => w.can.message);
    if (workers.length === 0) return CONDUCTOR;
    const choices = [
      { label: 'Claude', description: vscode.l10n.t('the main agent of this session'), value: CONDUCTOR },
      ...workers.map((w) => ({ label: w.name, description: workerStateLabel(w.state), value: w.id })),
    ];
    return pickOne(choices, vscode.l10n.t('Send Message'), vscode.l10n.t('To whom?'));
  }

  /** The text of a message; undefined if the person cancels or writes nothing. */
  async message(session: LoggedSession, to: string): Promise<string | undefined> {
    const worker = this.#view(session).workers.find(({ id }) => id === to);
    const name = worker?.name ?? to;
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Message to {0}', to === CONDUCTOR ? 'Claude' : name),
      prompt:
        to === CONDUCTOR
          ? vscode.l10n.t('Claude reads it with its next step.')
          : worker?.can.log === true
            ? vscode.l10n.t('{0} reads it with fermata inbox.', name)
            : vscode.l10n.t('{0} reads it after its next step.', name),
      ignoreFocusOut: true,
    });
    return text?.trim() || undefined;
  }

  async lock(session: LoggedSession, target: Target): Promise<string | undefined> {
    if (target.resource !== undefined) return target.resource;
    const held = this.#view(session).locks.filter((l) => l.holders.length > 0);
    if (held.length === 0) throw new HumanError(vscode.l10n.t('Nothing is locked.'));
    const { worker: nameOf } = this.#names(session);
    const choices = held.map((l) => ({
      label: l.resource,
      description: vscode.l10n.t('held by {0}', l.holders.map((h) => nameOf(h.worker)).join(', ')),
      value: l.resource,
    }));
    return pickOne(choices, vscode.l10n.t('Break Lock'), vscode.l10n.t('Take it away from its holder'));
  }

  async ballot(session: LoggedSession, target: Target): Promise<{ ballot: string; decision: string } | undefined> {
    const { ballot, decision } = target;
    if (ballot !== undefined && decision !== undefined) return { ballot, decision };
    const open = this.#view(session).ballots.filter((b) => b.decided === undefined);
    if (open.length === 0) throw new HumanError(vscode.l10n.t('There is nothing to vote on.'));
    const { worker: nameOf } = this.#names(session);
    const choices = open.flatMap((b) =>
      b.options.map(({ option, voters }) => ({
        label: `${b.name}: ${option}`,
        description: voters.length === 0 ? '' : vscode.l10n.t('for it: {0}', voters.map(nameOf).join(', ')),
        detail: b.question,
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
    const { worker: nameOf } = this.#names(session);
    const choices = open.flatMap(({ id, tool, summary, worker = CONDUCTOR }) =>
      (['allow', 'deny'] as const).map((choice) => ({
        label: choice === 'allow' ? vscode.l10n.t('Allow: {0}', tool) : vscode.l10n.t('Deny: {0}', tool),
        description: nameOf(worker),
        detail: summary,
        value: { ask: id, decision: choice },
      })),
    );
    return pickOne(choices, vscode.l10n.t('Answer Permission'), vscode.l10n.t('Allow or deny what Claude asks for'));
  }

  /** Asks before something that cannot be undone, unless the panel has asked already. */
  async confirm({ confirmed = false }: Target, question: string, answer: string): Promise<boolean> {
    return confirmed || (await vscode.window.showWarningMessage(question, { modal: true }, answer)) === answer;
  }

  #choice<S extends Session>(session: S): Choice<S> {
    const view = this.#named().get(session) ?? this.#view(session);
    return { label: view.session.name, description: describeSession(view), detail: session.project, value: session };
  }

  /** The views of all sessions, in which no two have the same name. */
  #named(): Map<Session, ViewModel> {
    const sessions = this.#list.list();
    const views = withWindowNames(
      sessions.map((session) => this.#view(session)),
      viewTexts(),
    );
    return new Map(sessions.map((session, i) => [session, views[i] as ViewModel]));
  }

  /** An agent of a session as a person calls it. */
  nameOf(session: Session, agent: string): string {
    return this.#names(session).worker(agent);
  }

  #names(session: Session): Pick<Names, 'worker'> {
    const view = this.#view(session);
    return namesIn(view.session.name, view.workers, viewTexts());
  }

  #view(session: Session): ViewModel {
    return this.#list.view(session, Date.now());
  }
}
