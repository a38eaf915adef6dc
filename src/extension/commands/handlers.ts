import * as vscode from 'vscode';
import { projectsWithSessions } from '#core/claude/processes.ts';
import type { Intent } from '#protocol/messages.ts';
import { showDiagnosis } from '#extension/install/diagnose.ts';
import { installHooks, uninstallHooks } from '#extension/install/installHooks.ts';
import type { InstallContext } from '#extension/install/installContext.ts';
import { CONTEXT_KEYS, VIEWS, type CommandName } from '#extension/base/ids.ts';
import { historyHandlers } from './historyHandlers.ts';
import type { History } from '#extension/history/history.ts';
import type { Replays } from '#extension/replay/replays.ts';
import type { Rules } from '#extension/rules/rules.ts';
import { askForApproval, askForDryRun, askToRevoke, openRules } from '#extension/rules/rulesDialogs.ts';
import type { WorkerControl } from '#extension/sessions/workerControl.ts';
import { joinSessions } from './joinSessions.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import type { SessionStore } from '#extension/sessions/sessionStore.ts';
import type { AbortWatch } from '#extension/sessions/abortWatch.ts';
import { openEvents, openOutput, openWorkerLog } from '#extension/editors/openFiles.ts';
import type { Timelines } from '#extension/timeline/timelines.ts';
import { Actions } from './actions.ts';
import { TargetPicker, type Target } from './targetPicker.ts';
import { focusTerminal, newSession } from './claudeTerminal.ts';
import { playDemo } from './demo.ts';
import { pickOne } from '#extension/base/quickPick.ts';

/** What commands work on. */
export interface CommandSources {
  home: string;
  /** Claude Code's own folder. */
  config: string;
  trusted: () => boolean;
  install: InstallContext;
  store: SessionStore;
  list: SessionList;
  selection: Selection;
  replays: Replays;
  history: History;
  workerControl: () => Promise<WorkerControl>;
  abortWatch: AbortWatch;
  rules: Rules;
  timelines: Timelines;
  log: vscode.LogOutputChannel;
  /** The session of the row in the view "Sessions" that the keyboard is on. */
  focusedRow: () => Promise<string | undefined>;
  /** Draws the list of past sessions anew. */
  refreshPast: () => void;
  /** Shows the sessions of one more folder. */
  include: (project: string) => void;
}

/** What the panel may ask for, or the person by a command. */
export type Action = CommandName | Intent['action'];

type Handlers = Record<Action, (target: Target) => void | Promise<void>>;

/** A step of the walkthrough is done; the editor remembers that. */
const completeStep = (key: string): void => void vscode.commands.executeCommand('setContext', key, true);

/** Every command by its name; adding one to the ids without doing it here does not compile. */
export function commandHandlers(sources: CommandSources): Handlers {
  const {
    home,
    config,
    trusted,
    install,
    store,
    list,
    selection,
    replays,
    workerControl,
    abortWatch,
    rules,
    timelines,
    log,
    include,
  } = sources;
  const { settings, extensionId, previews } = install;
  const picker = new TargetPicker(list, selection, { projects: () => projectsWithSessions(home, config), include });
  const actions = new Actions({
    store,
    trusted,
    abort: async (dir, worker) => (await workerControl()).abort(dir, worker),
    onReleased: () => completeStep(CONTEXT_KEYS.hasReleased),
    onAborted: (session) => abortWatch.watch(session),
    startNext: async (dir) => (await workerControl()).startNext(dir),
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
    if (!replays.isOf(session)) await vscode.commands.executeCommand(`${VIEWS.panel}.focus`);
    await replays.open(session, event !== undefined ? { event } : pos !== undefined ? { pos } : undefined);
  };
  return {
    installHooks: ({ scope }) => installHooks(install, scope),
    uninstallHooks: () => uninstallHooks(install),
    diagnose: () => showDiagnosis(install),
    playDemo: async () => {
      await playDemo(sources);
      completeStep(CONTEXT_KEYS.hasPlayed);
    },
    newSession: () => newSession(settings().claudePath),
    focusTerminal: (target) => focusTerminal(picker.session(target), settings().claudePath),
    manageTrust: async () => void (await vscode.commands.executeCommand('workbench.trust.manage')),
    release: async (target) => {
      const session = picker.session(target);
      const block = await picker.block(session, target);
      if (block !== undefined) actions.release(session, block, target.word);
    },
    releaseAll: (target) => actions.releaseAll(picker.session(target)),
    abortWorker: async (target) => {
      const session = picker.session(target);
      const worker = await picker.worker(session, target, vscode.l10n.t('Abort Worker'), (w) => w.canAbort);
      if (worker === undefined) return;
      const question = vscode.l10n.t('Abort {0}?', worker);
      const confirmed = target.confirmed === true || (await picker.confirm(question, vscode.l10n.t('Abort')));
      if (confirmed) await actions.abortWorker(session, worker);
    },
    abortSession: async (target) => {
      const session = picker.session(target);
      const question = vscode.l10n.t(
        'Abort the whole session? Claude stops at its next call, and all workers are ended.',
      );
      const confirmed = target.confirmed === true || (await picker.confirm(question, vscode.l10n.t('Abort Session')));
      if (confirmed) actions.abortSession(session);
    },
    pause: (target) => actions.pause(picker.session(target)),
    resume: (target) => actions.resume(picker.session(target)),
    sendMessage: async (target) => {
      const session = picker.session(target);
      const to = await picker.addressee(session, target);
      const text = to === undefined ? undefined : (target.word ?? (await picker.message(to)));
      if (to !== undefined && text !== undefined) actions.sendMessage(session, to, text);
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
    approveRules: () => askForApproval(home, rules, previews),
    revokeRules: () => askToRevoke(home, rules),
    openRules: () => openRules(),
    joinSession: async () => {
      const message = await joinSessions({ home, store, trusted, pick: pickOne });
      // not awaited: a notification that nobody answers must not hold the command
      if (message !== undefined) void vscode.window.showInformationMessage(message);
    },
    tryPrompt: () => askForDryRun(home, previews),
    startPlan: async (target) => {
      const session = picker.session(target);
      const run = await picker.plan(session, target, vscode.l10n.t('Start Planned Workers'));
      if (run !== undefined) await actions.consent(session, run, 'start');
    },
    refusePlan: async (target) => {
      const session = picker.session(target);
      const run = await picker.plan(session, target, vscode.l10n.t('Do Not Start Planned Workers'));
      if (run !== undefined) await actions.consent(session, run, 'refuse');
    },
    switchSession: open,
    showSession: async (target) => {
      await open(target);
      await vscode.commands.executeCommand(`${VIEWS.panel}.focus`);
    },
    dismiss: async (target) => {
      const session = await picker.anySession(target);
      if (session === undefined || target.notice === undefined) return;
      for (const [where, ref] of picker.sameCause(session, target.notice)) actions.dismiss(where, ref);
    },
    replay,
    ...historyHandlers(sources, { open, replay }),
    replayJump: (target) => replays.jump(picker.session(target), target.to ?? 'next'),
    replayPlay: (target) => replays.play(picker.session(target), target.speed),
    backToNow: () => replays.close(),
    openWorkerLog: async (target) => {
      const session = picker.session(target);
      const worker = await picker.worker(session, target, vscode.l10n.t('Open Worker Log'), () => true);
      if (worker !== undefined) await openWorkerLog(session, worker);
    },
    openOutput: async (target) => {
      const session = picker.session(target);
      const worker = await picker.worker(session, target, vscode.l10n.t('Open Output'), () => true);
      if (worker !== undefined) await openOutput(session, worker);
    },
    openEvents: (target) => openEvents(picker.session(target), target.pos),
    openTimeline: async (target) => {
      const session = await picker.loggedSession(target, vscode.l10n.t('Open Timeline'));
      if (session === undefined) return;
      await timelines.open(session.folder);
      completeStep(CONTEXT_KEYS.hasReadTimeline);
    },
    showLog: () => log.show(),
    openSettings: async () =>
      void (await vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${extensionId}`)),
  };
}
