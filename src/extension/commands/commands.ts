import * as vscode from 'vscode';
import type { Intent } from '#protocol/messages.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { COMMANDS, PREFIX, type CommandName } from '#extension/base/ids.ts';
import type { Target } from './targetPicker.ts';
import type { Action, CommandSources, commandHandlers } from './handlers.ts';
import { isMutation, isNavigation } from './actionKinds.ts';

/**
 * Registers the commands, and returns the way in which every surface runs one: errors are said to the person in one place.
 * `changed` is called after each, since it may have changed what no session's log tells.
 */
export function registerCommands(
  sources: CommandSources,
  onChange: () => void,
): { runner: (intent: Intent) => void; disposables: vscode.Disposable[] } {
  let loaded: ReturnType<typeof commandHandlers> | undefined;
  const { replays, selection } = sources;
  /** What is shown is what a person acts on; whoever names another session means that one as it is now. */
  const assertMayRun = (name: Action, onShown: boolean): void => {
    if (onShown && isMutation(name) && replays.isOf(selection.current()))
      throw new HumanError(vscode.l10n.t('The panel shows the past, which cannot be changed. Go back to now first.'));
  };
  const run = async (name: Action, target: Target, onShown = target.session === undefined): Promise<void> => {
    try {
      assertMayRun(name, onShown);
      // what commands do is loaded with the first of them
      loaded ??= (await import('./handlers.ts')).commandHandlers(sources);
      await loaded[name](target);
    } catch (error) {
      reportError(sources.log, name, error);
    } finally {
      if (!isNavigation(name)) onChange();
    }
  };
  const names = Object.keys(COMMANDS) as CommandName[];
  const disposables = names.map((name) =>
    vscode.commands.registerCommand(COMMANDS[name], (target: unknown) => run(name, parseTarget(target))),
  );
  return { runner: ({ action, ...target }) => void run(action, { ...target, confirmed: true }, true), disposables };
}

/** Menus, keybindings and links call a command with whatever they like; only short texts and places in the log by known names get through. */
function parseTarget(value: unknown): Target {
  if (typeof value !== 'object' || value === null) return {};
  const names = ['session', 'block', 'worker', 'resource', 'ballot', 'run', 'decision', 'ask', 'word', 'row'] as const;
  const input = value as Record<string, unknown>;
  const texts = names.flatMap((name) => (typeof input[name] === 'string' ? [[name, input[name]]] : []));
  const positions = (['pos', 'event'] as const).flatMap((name) =>
    isPosition(input[name]) ? [[name, input[name]]] : [],
  );
  return Object.fromEntries([...texts, ...positions]) as Target;
}

const isPosition = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function reportError(log: vscode.LogOutputChannel, name: Action, error: unknown): void {
  const human = error instanceof HumanError;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (human) log.info(`${name}: ${error.message}`);
  else log.error(`${name}: ${detail}`);
  const text = human
    ? error.message
    : vscode.l10n.t('Fermata could not do that ({0}).', error instanceof Error ? error.message : String(error));
  // not awaited: a notification that nobody answers must not hold the command
  void vscode.window.showErrorMessage(text, vscode.l10n.t('Show Log')).then((choice) => {
    if (choice !== undefined) void vscode.commands.executeCommand(`${PREFIX}.showLog`);
  });
}
