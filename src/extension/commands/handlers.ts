import * as vscode from 'vscode';
import { CONDUCTOR } from '#protocol/ids.ts';
import { projectsWithSessions } from '#core/claude/processes.ts';
import { COMMANDS, CONTEXT_KEYS, VIEWS } from '#extension/base/ids.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { compareConflict } from '#extension/editors/compareConflict.ts';
import { openEvents, openOutput, openWorkerLog } from '#extension/editors/openFiles.ts';
import { installHooks, uninstallHooks } from '#extension/install/installHooks.ts';
import { completeStep } from '#extension/status/walkthrough.ts';
import { askForApproval, askForDryRun, askToRevoke, openRules } from '#extension/rules/rulesDialogs.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import { Actions } from './actions.ts';
import { hold, pickHold } from './holdNext.ts';
import { HeldCalls } from './heldCalls.ts';
import { focusTerminal, joinSessions, newSession } from './claudeSessions.ts';
import type { Action, Command, CommandSources, CommandHandler, Target } from './command.ts';
import { playDemo } from './demo.ts';
import { historyHandlers } from './historyHandlers.ts';
import { noteIfAsleep } from './asleep.ts';
import { boardHandlers } from './boardHandlers.ts';
import { lookHandlers } from './lookHandlers.ts';
import { TargetPicker } from './targetPicker.ts';

const focusPanel = async (): Promise<void> => void (await vscode.commands.executeCommand(`${VIEWS.panel}.focus`));

/** Every command by its name. A command or an action of the panel that is missing here does not compile. */
export function commandHandlers(sources: CommandSources): Record<Action, Command> {
  const { home, config, install, list, selection, replays, rules, timelines, log, scope, memory, choices, store } =
    sources;
  const { settings, extensionId, previews } = install;
  const picker = new TargetPicker(list, selection, {
    projects: () => projectsWithSessions(home, config),
    include: (project) => scope.include(project),
  });
  const actions = new Actions(sources, () => completeStep(memory, CONTEXT_KEYS.hasReleased));
  const held = new HeldCalls({
    silentSeconds: () => settings()['workers.silentSeconds'],
    publish: (session, ...events) => actions.publish(session, ...events),
  });
  const open = async (target: Target): Promise<void> => {
    const session = await picker.anySession(target);
    if (session === undefined) return;
    replays.close();
    selection.choose(session);
  };
  const replay = async (target: Target): Promise<void> => {
    const { event, pos } = target;
    const session = picker.session(target);
    if (!replays.isOf(session)) await focusPanel();
    await replays.open(session, event !== undefined ? { event } : pos !== undefined ? { pos } : undefined);
  };
  const consent = async (target: Target, decision: 'start' | 'refuse', title: string): Promise<void> => {
    const session = picker.session(target);
    const run = await picker.plan(session, target, title);
    if (run !== undefined) await actions.consent(session, run, decision);
  };

  const goToClaude = (session: LoggedSession) => async (): Promise<void> =>
    void (await vscode.commands.executeCommand(COMMANDS.focusTerminal, { session: session.folder }));

  const nameOf = (session: LoggedSession): string => list.view(session, Date.now()).session.name;
  const assertTrusted = (): void => {
    if (!sources.trusted())
      throw new HumanError(vscode.l10n.t('In Restricted Mode Fermata only watches. Trust the folder first.'));
  };

  const changes = withEffect('changes', {
    release: async (target) => {
      const session = picker.session(target);
      const block = await picker.block(session, target);
      if (block !== undefined) actions.release(session, block, target.word);
    },
    letRun: (target) => {
      held.letRun(picker.session(target), target.call ?? '', target.word);
      completeStep(memory, CONTEXT_KEYS.hasReleased);
    },
    allowMore: (target) => held.allowMore(picker.session(target), target.call ?? ''),
    denyCall: (target) => held.deny(picker.session(target), target.call ?? '', target.word),
    holdAgain: (target) => held.holdAgain(picker.session(target), target.call ?? ''),
    releaseAll: (target) => actions.releaseAll(picker.session(target)),
    abortWorker: async (target) => {
      const session = picker.session(target);
      const worker = await picker.worker(session, target, vscode.l10n.t('Abort Worker'), (w) => w.can.abort);
      if (worker === undefined) return;
      const question = vscode.l10n.t('Abort {0}?', picker.nameOf(session, worker));
      if (await picker.confirm(target, question, vscode.l10n.t('Abort')))
        await actions.abortWorker(session, worker, target.word);
    },
    giveUpWorker: async (target) => {
      const session = picker.session(target);
      const title = vscode.l10n.t('Give Up Worker');
      const worker = await picker.worker(session, target, title, (w) => w.can.giveUp === true);
      if (worker === undefined) return;
      const question = vscode.l10n.t('Give up {0}? Its locks are free then.', picker.nameOf(session, worker));
      if (await picker.confirm(target, question, vscode.l10n.t('Give Up'))) actions.giveUpWorker(session, worker);
    },
    shareSession: async (target) => {
      const session = picker.session(target);
      assertTrusted();
      await (await import('./sharing.ts')).share(install, session.dir, nameOf(session));
    },
    unshareSession: async (target) => {
      const session = picker.session(target);
      assertTrusted();
      (await import('./sharing.ts')).unshare(session.dir, nameOf(session));
    },
    abortSession: async (target) => {
      const session = picker.session(target);
      const question = vscode.l10n.t(
        'Abort the whole session? Claude stops at its next call, and all workers are ended.',
      );
      if (await picker.confirm(target, question, vscode.l10n.t('Abort Session'))) actions.abortSession(session);
    },
    hold: async (target) => {
      const session = picker.session(target);
      const kind = await pickHold(target.next);
      if (kind === undefined) return;
      hold(session, kind, actions);
      install.question.setWatching(false);
    },
    holdDone: async (target) => (await import('./holdDone.ts')).holdUntilProven(picker.session(target), actions),
    pause: (target) => actions.pause(picker.session(target), target.worker),
    resume: (target) => actions.resume(picker.session(target), target.worker),
    sendMessage: async (target) => {
      const session = picker.session(target);
      const to = await picker.addressee(session, target);
      const text = to === undefined ? undefined : (target.word ?? (await picker.message(session, to)));
      if (to === undefined || text === undefined) return;
      actions.sendMessage(session, to, text);
      // whether it sleeps is to be seen where it runs
      if (to === CONDUCTOR && !session.isCopy)
        void noteIfAsleep(session, vscode.window.showInformationMessage, goToClaude(session));
    },
    answerPermission: async (target) => {
      const session = picker.session(target);
      const answer = await picker.permission(session, target);
      if (answer !== undefined) actions.answer(session, answer.ask, answer.decision, target.word);
    },
    castVote: async (target) => {
      const session = picker.session(target);
      const vote = await picker.ballot(session, target);
      if (vote !== undefined) actions.decide(session, vote.ballot, vote.decision);
    },
    breakLock: async (target) => {
      const session = picker.session(target);
      const resource = await picker.lock(session, target);
      if (resource !== undefined) actions.breakLock(session, resource);
    },
    startPlan: (target) => consent(target, 'start', vscode.l10n.t('Start Planned Workers')),
    refusePlan: (target) => consent(target, 'refuse', vscode.l10n.t('Do Not Start Planned Workers')),
    dismiss: async (target) => {
      const session = await picker.anySession(target);
      if (session === undefined || target.notice === undefined) return;
      for (const [where, ref] of picker.sameCause(session, target.notice)) actions.dismiss(where, ref);
    },
  });
  const navigates = withEffect('navigates', {
    replay,
    replayJump: (target) => replays.jump(picker.session(target), target.to ?? 'next'),
    replayPlay: (target) => replays.play(picker.session(target), target.speed),
  });
  const others = withEffect('none', {
    installHooks: ({ scope }) => installHooks(install, scope),
    confirmInstall: () => install.question.answer('install'),
    confirmInstallWithoutRules: () => install.question.answer('withoutRules'),
    cancelInstall: () => install.question.answer(undefined),
    closeGuide: () => install.question.setWatching(false),
    readStatusLine: async () => (await import('#extension/install/readStatusLine.ts')).readStatusLine(install),
    installInClaude: async () => (await import('#extension/install/installInClaude.ts')).installInClaude(install),
    guardGit: async () => (await import('#extension/install/guardGit.ts')).guardGit(install),
    uninstallHooks: () => uninstallHooks(install),
    diagnose: async () => (await import('#extension/install/diagnose.ts')).showDiagnosis(install),
    playDemo: async () => {
      await playDemo(sources);
      completeStep(memory, CONTEXT_KEYS.hasPlayed);
    },
    newSession: () => newSession(settings().claudePath),
    focusTerminal: async (target) => {
      const session = picker.session(target);
      await focusTerminal(session, settings().claudePath, list.jobOf(session));
      // it may have been the active terminal already
      choices.markSeen(session.id, Date.now());
    },
    manageTrust: async () => void (await vscode.commands.executeCommand('workbench.trust.manage')),
    approveRules: () => askForApproval(home, rules, previews),
    revokeRules: () => askToRevoke(home, rules),
    openRules: () => openRules(),
    joinSession: async () => {
      const message = await joinSessions(sources);
      // not awaited: a notification that is left open must not hold the command
      if (message !== undefined) void vscode.window.showInformationMessage(message);
    },
    tryPrompt: () => askForDryRun(install, previews),
    tryOnPast: async () => {
      const chosen = await (await import('#extension/rules/tryOnPast.ts')).tryOnPast(install);
      if (chosen !== undefined) await replay(chosen);
    },
    followSession: async () => {
      assertTrusted();
      const session = await (await import('./sharing.ts')).follow(install);
      if (session === undefined) return;
      store.check([session]);
      await open({ session });
      await focusPanel();
    },
    switchSession: open,
    showSession: async (target) => {
      await open(target);
      await focusPanel();
    },
    ...historyHandlers(sources, { open, replay }),
    ...lookHandlers(sources, picker),
    ...boardHandlers(sources),
    backToNow: () => replays.close(),
    openWorkerLog: async (target) => {
      const session = picker.session(target);
      const worker = await picker.worker(session, target, vscode.l10n.t('Open Worker Log'), (w) => w.can.log);
      if (worker !== undefined) await openWorkerLog(session, worker, picker.nameOf(session, worker));
    },
    openOutput: async (target) => {
      const session = picker.session(target);
      const worker = await picker.worker(session, target, vscode.l10n.t('Open Output'), (w) => w.can.output);
      if (worker !== undefined) await openOutput(session, worker, picker.nameOf(session, worker));
    },
    openEvents: (target) => openEvents(picker.session(target), target.pos),
    compareConflict: (target) => compareConflict(picker.session(target).state, target),
    openTimeline: async (target) => {
      const session = await picker.loggedSession(target, vscode.l10n.t('Open Timeline'));
      if (session === undefined) return;
      await timelines.open(session.folder);
      completeStep(memory, CONTEXT_KEYS.hasReadTimeline);
    },
    showLog: () => log.show(),
    openSettings: async () =>
      void (await vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${extensionId}`)),
  });
  return { ...askedForSession(changes, selection, picker), ...navigates, ...others };
}

/** On the Board no session is the one that is meant, so the person is asked for it. */
function askedForSession<Name extends Action>(
  commands: Record<Name, Command>,
  selection: Selection,
  picker: TargetPicker,
): Record<Name, Command> {
  const asked = Object.entries<Command>(commands).map(([name, { effect, run }]): [string, Command] => {
    const ask: CommandHandler = async (target) => {
      if (target.session !== undefined || !selection.isBoard()) return run(target);
      const session = await picker.loggedSession(target, vscode.l10n.t('Of which session?'));
      return session === undefined ? undefined : run({ ...target, session: session.folder });
    };
    return [name, { effect, run: ask }];
  });
  return Object.fromEntries(asked) as Record<Name, Command>;
}

function withEffect<Name extends Action>(
  effect: Command['effect'],
  handlers: Record<Name, CommandHandler>,
): Record<Name, Command> {
  const commands = Object.entries<CommandHandler>(handlers).map(([name, run]) => [name, { effect, run }]);
  return Object.fromEntries(commands) as Record<Name, Command>;
}
