import * as vscode from 'vscode';
import type { Intent } from '#protocol/messages.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { COMMANDS, PREFIX, type CommandName } from '#extension/base/ids.ts';
import type { Action, Command, CommandSources, Target } from './command.ts';

/**
 * Registers the commands. `runner` runs an action of the panel. Both report errors to the person here.
 * @param onChange called after each command, since a command may change what no session's log records
 */
export function registerCommands(
  sources: CommandSources,
  onChange: () => void,
): { runner: (intent: Intent) => void; disposables: vscode.Disposable[] } {
  let loaded: Record<Action, Command> | undefined;
  const { replays, selection } = sources;
  const run = async (name: Action, target: Target, onShown = target.session === undefined): Promise<void> => {
    let silent = false;
    try {
      // the handlers are loaded with the first command
      loaded ??= (await import('./handlers.ts')).commandHandlers(sources);
      const { effect, run: handle } = loaded[name];
      silent = effect === 'navigates';
      // a person acts on what is shown; a caller that names another session means its present
      if (effect === 'changes' && onShown && replays.isOf(selection.current()))
        throw new HumanError(vscode.l10n.t('The panel shows the past, which cannot be changed. Go back to now first.'));
      await handle(target);
    } catch (error) {
      reportError(sources.log, name, error);
    } finally {
      if (!silent) onChange();
    }
  };
  const names = Object.keys(COMMANDS) as CommandName[];
  const disposables = names.map((name) =>
    vscode.commands.registerCommand(COMMANDS[name], (target: unknown) => run(name, parseTarget(target))),
  );
  return { runner: ({ action, ...target }) => void run(action, { ...target, confirmed: true }, true), disposables };
}

/** Menus, keybindings and links pass any value: only texts and log positions under known names are taken from it. */
function parseTarget(value: unknown): Target {
  if (typeof value !== 'object' || value === null) return {};
  const names = [
    ...(['session', 'block', 'call', 'worker', 'resource', 'ballot', 'run', 'decision', 'ask'] as const),
    ...(['word', 'next', 'row', 'kind', 'file'] as const),
  ];
  const input = value as Record<string, unknown>;
  const texts = names.filter((name) => typeof input[name] === 'string');
  const positions = (['pos', 'event', 'ts'] as const).filter((name) => isPosition(input[name]));
  return Object.fromEntries([...texts, ...positions].map((name) => [name, input[name]]));
}

const isPosition = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function reportError(log: vscode.LogOutputChannel, name: Action, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const human = error instanceof HumanError;
  if (human) log.info(`${name}: ${message}`);
  else log.error(`${name}: ${error instanceof Error ? (error.stack ?? message) : message}`);
  const text = human ? message : vscode.l10n.t('Fermata could not do that ({0}).', message);
  // not awaited: a notification that is left open must not hold the command
  void vscode.window.showErrorMessage(text, vscode.l10n.t('Show Log')).then((choice) => {
    if (choice !== undefined) void vscode.commands.executeCommand(`${PREFIX}.showLog`);
  });
}
