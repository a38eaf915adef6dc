import * as vscode from 'vscode';
import { projectsWithSessions } from '#core/claude/processes.ts';
import { CONTEXT_KEYS, VIEWS } from '#extension/base/ids.ts';
import { openEvents, openOutput, openWorkerLog } from '#extension/editors/openFiles.ts';
import { installHooks, uninstallHooks } from '#extension/install/installHooks.ts';
import { askForApproval, askForDryRun, askToRevoke, openRules } from '#extension/rules/rulesDialogs.ts';
import { Actions } from './actions.ts';
import { focusTerminal, joinSessions, newSession } from './claudeSessions.ts';
import type { Action, Command, CommandSources, CommandHandler, Target } from './command.ts';
import { playDemo } from './demo.ts';
import { historyHandlers } from './historyHandlers.ts';
import { TargetPicker } from './targetPicker.ts';

/** Marks a step of the walkthrough as done; the editor remembers that. */
const completeStep = (key: string): void => void vscode.commands.executeCommand('setContext', key, true);

const focusPanel = async (): Promise<void> => void (await vscode.commands.executeCommand(`${VIEWS.panel}.focus`));

/** Every command by its name. A command or an action of the panel that is missing here does not compile. */
export function commandHandlers(sources: CommandSources): Record<Action, Command> {
  const { home, config, install, list, selection, replays, rules, timelines, log, include } = sources;
  const { settings, extensionId, previews } = install;
  const picker = new TargetPicker(list, selection, { projects: () => projectsWithSessions(home, config), include });
  const actions = new Actions(sources, () => completeStep(CONTEXT_KEYS.hasReleased));
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

  const changes = withEffect('changes', {
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
      if (await picker.confirm(target, question, vscode.l10n.t('Abort'))) await actions.abortWorker(session, worker);
    },
    abortSession: async (target) => {
      const session = picker.session(target);
      const question = vscode.l10n.t(
        'Abort the whole session? Claude stops at its next call, and all workers are ended.',
      );
      if (await picker.confirm(target, question, vscode.l10n.t('Abort Session'))) actions.abortSession(session);
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
    uninstallHooks: () => uninstallHooks(install),
    diagnose: async () => (await import('#extension/install/diagnose.ts')).showDiagnosis(install),
    playDemo: async () => {
      await playDemo(sources);
      completeStep(CONTEXT_KEYS.hasPlayed);
    },
    newSession: () => newSession(settings().claudePath),
    focusTerminal: (target) => focusTerminal(picker.session(target), settings().claudePath),
    manageTrust: async () => void (await vscode.commands.executeCommand('workbench.trust.manage')),
    approveRules: () => askForApproval(home, rules, previews),
    revokeRules: () => askToRevoke(home, rules),
    openRules: () => openRules(),
    joinSession: async () => {
      const message = await joinSessions(sources);
      // not awaited: a notification that is left open must not hold the command
      if (message !== undefined) void vscode.window.showInformationMessage(message);
    },
    tryPrompt: () => askForDryRun(home, previews),
    switchSession: open,
    showSession: async (target) => {
      await open(target);
      await focusPanel();
    },
    ...historyHandlers(sources, { open, replay }),
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
  });
  return { ...changes, ...navigates, ...others };
}

function withEffect<Name extends Action>(
  effect: Command['effect'],
  handlers: Record<Name, CommandHandler>,
): Record<Name, Command> {
  const commands = Object.entries<CommandHandler>(handlers).map(([name, run]) => [name, { effect, run }]);
  return Object.fromEntries(commands) as Record<Name, Command>;
}
