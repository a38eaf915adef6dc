import * as vscode from 'vscode';
import type { Intent } from '../../protocol/messages.ts';
import type { Actions } from './actions.ts';
import type { Asking, Target } from './asking.ts';
import { focusTerminal, newSession } from './claudeTerminal.ts';
import { showDiagnosis } from '../hooks/diagnose.ts';
import { HumanError } from '../humanError.ts';
import type { Demo } from './demo.ts';
import { COMMANDS, PREFIX, type CommandName } from '../ids.ts';
import { installHooks, uninstallHooks, type InstallContext } from '../hooks/installHooks.ts';
import { openEvents, openOutput, openWorkerLog } from '../surfaces/opening.ts';
import type { Rules } from '../rules/rules.ts';
import type { Selection } from '../sessions/selection.ts';

export interface CommandsOptions {
  actions: Actions;
  asking: Asking;
  selection: Selection;
  rules: Rules;
  install: InstallContext;
  demo: Demo;
  log: vscode.LogOutputChannel;
  /** Asks which sessions join, and says what became of it. */
  join: () => Promise<string | undefined>;
  /** Something that no session's log tells has changed: draw again. */
  changed: () => void;
}

/** What the panel may ask for, or the person by a command. */
type Action = CommandName | Intent['action'];

type Handler = (target: Target) => void | Promise<void>;

/** Every command by its name; adding one to the ids without doing it here does not compile. */
function commandHandlers(options: CommandsOptions): Record<Action, Handler> {
  const { actions, asking, selection, rules, install, demo, log, join } = options;
  return {
    installHooks: ({ scope }) => installHooks(install, scope),
    uninstallHooks: () => uninstallHooks(install),
    diagnose: () => showDiagnosis(install),
    playDemo: () => demo.play(),
    newSession: () => newSession(install.settings().claudePath),
    focusTerminal: (target) => focusTerminal(asking.session(target), install.settings().claudePath),
    manageTrust: async () => void (await vscode.commands.executeCommand('workbench.trust.manage')),
    release: async (target) => {
      const session = asking.session(target);
      const block = await asking.block(session, target);
      if (block !== undefined) actions.release(session, block, target.word);
    },
    releaseAll: (target) => actions.releaseAll(asking.session(target)),
    abortWorker: async (target) => {
      const session = asking.session(target);
      const worker = await asking.worker(session, target, 'Abort Worker', (w) => w.canAbort);
      if (worker === undefined) return;
      const asked = target.worker !== undefined || (await asking.sure(`Abort ${worker}?`, 'Abort'));
      if (asked) await actions.abortWorker(session, worker);
    },
    abortSession: async (target) => {
      const session = asking.session(target);
      const question = 'Abort the whole session? Claude stops at its next call, and all workers are ended.';
      const sure = target.confirmed === true || (await asking.sure(question, 'Abort Session'));
      if (sure) actions.abortSession(session);
    },
    pause: (target) => actions.pause(asking.session(target)),
    resume: (target) => actions.resume(asking.session(target)),
    sendMessage: async (target) => {
      const session = asking.session(target);
      const to = await asking.addressee(session, target);
      const text = to === undefined ? undefined : (target.word ?? (await asking.message(to)));
      if (to !== undefined && text !== undefined) actions.tell(session, to, text);
    },
    answerPermission: async (target) => {
      const session = asking.session(target);
      const answer = await asking.permission(session, target);
      if (answer !== undefined) actions.answer(session, answer.ask, answer.decision, target.word);
    },
    castVote: async (target) => {
      const session = asking.session(target);
      const vote = await asking.ballot(session, target);
      if (vote !== undefined) actions.decide(session, vote.ballot, vote.decision);
    },
    breakLock: async (target) => {
      const session = asking.session(target);
      const resource = await asking.lock(session, target);
      if (resource !== undefined) actions.breakLock(session, resource);
    },
    approveRules: () => rules.approve(),
    revokeRules: () => rules.revoke(),
    openRules: () => rules.open(),
    joinSession: async () => {
      const said = await join();
      // not awaited: a notification that nobody answers must not hold the command
      if (said !== undefined) void vscode.window.showInformationMessage(said);
    },
    tryPrompt: () => rules.tryPrompt(),
    startPlan: async (target) => {
      const session = asking.session(target);
      const run = await asking.plan(session, target, 'Start Planned Workers');
      if (run !== undefined) actions.consent(session, run, 'start');
    },
    refusePlan: async (target) => {
      const session = asking.session(target);
      const run = await asking.plan(session, target, 'Do Not Start Planned Workers');
      if (run !== undefined) actions.consent(session, run, 'refuse');
    },
    switchSession: async (target) => {
      const session = await asking.anySession(target);
      if (session !== undefined) selection.choose(session);
    },
    dismiss: async (target) => {
      const session = await asking.anySession(target);
      if (session === undefined || target.notice === undefined) return;
      for (const [where, ref] of asking.alike(session, target.notice)) actions.dismiss(where, ref);
    },
    openWorkerLog: async (target) => {
      const session = asking.session(target);
      const worker = await asking.worker(session, target, 'Open Worker Log', () => true);
      if (worker !== undefined) await openWorkerLog(session, worker);
    },
    openOutput: async (target) => {
      const session = asking.session(target);
      const worker = await asking.worker(session, target, 'Open Output', () => true);
      if (worker !== undefined) await openOutput(session, worker);
    },
    openEvents: (target) => openEvents(asking.session(target), target.pos),
    showLog: () => log.show(),
    openSettings: async () =>
      void (await vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${install.extensionId}`)),
  };
}

/** Registers the commands, and returns the way in which every surface runs one: errors are said to the person in one place. */
export function registerCommands(options: CommandsOptions): {
  runner: (intent: Intent) => void;
  disposables: vscode.Disposable[];
} {
  const handlers = commandHandlers(options);
  const run = async (name: Action, target: Target): Promise<void> => {
    try {
      await handlers[name](target);
    } catch (error) {
      tell(options.log, name, error);
    } finally {
      options.changed();
    }
  };
  const names = Object.keys(COMMANDS) as CommandName[];
  const disposables = names.map((name) =>
    vscode.commands.registerCommand(COMMANDS[name], (target: unknown) => run(name, targetOf(target))),
  );
  return { runner: ({ action, ...target }) => void run(action, { ...target, confirmed: true }), disposables };
}

/** Menus, keybindings and links call a command with whatever they like; only short texts by known names get through. */
function targetOf(value: unknown): Target {
  if (typeof value !== 'object' || value === null) return {};
  const names = ['session', 'block', 'worker', 'resource', 'ballot', 'run', 'decision', 'ask', 'word'] as const;
  const given = value as Record<string, unknown>;
  return Object.fromEntries(names.flatMap((name) => (typeof given[name] === 'string' ? [[name, given[name]]] : [])));
}

function tell(log: vscode.LogOutputChannel, name: Action, error: unknown): void {
  const human = error instanceof HumanError;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (human) log.info(`${name}: ${error.message}`);
  else log.error(`${name}: ${detail}`);
  const text = human
    ? error.message
    : `Fermata could not do that (${error instanceof Error ? error.message : String(error)}).`;
  // not awaited: a notification that nobody answers must not hold the command
  void vscode.window.showErrorMessage(text, 'Show Log').then((choice) => {
    if (choice !== undefined) void vscode.commands.executeCommand(`${PREFIX}.showLog`);
  });
}
