import { setImmediate as nextTurn } from 'node:timers/promises';
import * as vscode from 'vscode';
import { homePaths } from '#core/base/paths.ts';
import { registerCommands } from '#extension/commands/commands.ts';
import { HookWatch } from '#extension/install/hookWatch.ts';
import { updateTerminalPath } from '#extension/install/terminalPath.ts';
import type { WindowSources } from './windowRenderer.ts';
import {
  openWindow,
  registerHistory,
  registerPanel,
  registerRenderer,
  registerReplay,
  registerRules,
  registerSessions,
  registerSettings,
  registerStatus,
  registerTimeline,
  registerTranscripts,
  registerTree,
  trusted,
} from './window.ts';

/** The table of contents: each feature is given those above it; then all of them start. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const window = openWindow(context);
  const { home, config, install, log, settings, problems } = window;
  const hooks = new HookWatch(install);
  const rules = registerRules(window);
  const sessions = registerSessions(window, hooks);
  const replays = registerReplay(window, sessions);
  const history = registerHistory(window, sessions);
  const timelines = registerTimeline(window, sessions);
  const transcripts = registerTranscripts(window, sessions);
  const sources: WindowSources = {
    settings: settings.get,
    list: sessions.list,
    selection: sessions.selection,
    choices: window.choices,
    looksAt: (session) => sessions.attention.isOn(session),
    outside: () => sessions.scope.outside(),
    replays,
    rules,
    hooks: hooks.state,
    hooksInstalled: hooks.installed,
    question: install.question,
    demo: homePaths(home).demo,
    problems: () => problems.notices(),
  };
  const renderer = registerRenderer(window, sources);
  const refresh = (): void => {
    hooks.invalidate();
    updateTerminalPath(context.environmentVariableCollection, home);
    renderer.render();
  };
  const tree = registerTree(window, history);
  const commands = registerCommands(
    {
      home,
      config,
      memory: context.globalState,
      trusted,
      install,
      ...sessions,
      choices: window.choices,
      board: () => renderer.latest.board,
      replays,
      history,
      rules,
      timelines,
      transcripts,
      log,
      focusedRow: () => tree.focusedSession(),
      refreshPast: () => tree.refreshPast(),
    },
    refresh,
  );
  window.disposables.addAll(...commands.disposables);
  // the panel is the first surface to draw, since the person is most likely to watch it
  registerPanel(window, sources, renderer, sessions.attention, { run: commands.runner, onShown: refresh });
  registerStatus(window, sources, renderer, tree);
  const { mirrorSettings, repairHooks } = registerSettings(window, sessions, rules, hooks, refresh);

  // the editor waits for everything above; what reads the disk starts once the editor has
  await nextTurn();
  await hooks.start();
  const { showCompletedSteps } = await import('#extension/status/walkthrough.ts');
  window.disposables.add(showCompletedSteps(context.globalState));
  mirrorSettings();
  void sessions.store.start();
  sessions.list.start();
  rules.reconfigure();
  refresh();
  repairHooks();
}
