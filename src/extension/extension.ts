import { setImmediate as nextTurn } from 'node:timers/promises';
import * as vscode from 'vscode';
import { claudeConfigDir } from '#core/claude/processes.ts';
import { fermataHome, homePaths } from '#core/base/paths.ts';
import { registerCommands } from '#extension/commands/commands.ts';
import type { WorkerControl } from '#extension/sessions/workerControl.ts';
import { History } from '#extension/history/history.ts';
import { pruneHistoryDaily } from '#extension/history/retention.ts';
import { HookWatch } from '#extension/install/hookWatch.ts';
import type { InstallContext } from '#extension/install/installContext.ts';
import { NotificationClaims } from '#extension/status/notificationClaims.ts';
import { Notifier } from '#extension/status/notifier.ts';
import { olderActivity } from '#extension/panel/olderActivity.ts';
import { PanelView } from '#extension/panel/panelView.ts';
import { Previews } from '#extension/editors/previews.ts';
import { Problems } from '#extension/base/problems.ts';
import { Replays } from '#extension/replay/replays.ts';
import { Rules } from '#extension/rules/rules.ts';
import { Selection } from '#extension/sessions/selection.ts';
import { TranscriptSessions } from '#extension/sessions/transcriptSessions.ts';
import { SessionList } from '#extension/sessions/sessionList.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { SessionsTree } from '#extension/status/sessionsTree.ts';
import { LiveSettings } from '#extension/settings/settings.ts';
import { StatusBar } from '#extension/status/statusBar.ts';
import { Timelines } from '#extension/timeline/timelines.ts';
import { updateTerminalPath } from '#extension/install/terminalPath.ts';
import { AbortWatch } from '#extension/sessions/abortWatch.ts';
import { WindowFolders } from '#extension/sessions/windowFolders.ts';
import { watchWindow } from '#extension/base/windowEvents.ts';
import { WindowRenderer, panelState, type Sources } from './windowRenderer.ts';

/** Builds the parts in the order in which they need each other, connects them, and lets them begin. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const { extension, extensionUri, extensionPath, subscriptions } = context;
  const home = fermataHome(process.env);
  const config = claudeConfigDir(process.env);
  const log = vscode.window.createOutputChannel('Fermata', { log: true });
  const { version } = extension.packageJSON as { version: string };
  const problems = new Problems((message) => log.error(message));
  const onError = (error: unknown): void => problems.report('watching', error);
  const settings = new LiveSettings(home);
  const previews = new Previews();
  const rules = new Rules(home, onError);
  const install: InstallContext = {
    home,
    extensionPath,
    extensionId: extension.id,
    version,
    settings: settings.get,
    previews,
  };
  const hooks = new HookWatch(install);
  let loaded: Promise<WorkerControl> | undefined;
  const workerControl = (): Promise<WorkerControl> =>
    (loaded ??= import('#extension/sessions/workerControl.ts').then(
      (module) => new module.WorkerControl({ home, settings: settings.get }),
    ));
  const superviseWorkers = async (dir: string): Promise<void> => (await workerControl()).supervise(dir);
  const windowFolders = new WindowFolders(folders);
  const store = new SessionStore({
    home,
    roots: windowFolders.roots,
    settings: settings.get,
    trusted,
    superviseWorkers,
    onError,
  });
  const transcriptSessions = new TranscriptSessions({
    config,
    sessions: homePaths(home).sessions,
    roots: windowFolders.roots,
    now: Date.now,
    describeHookProblem: hooks.describeHookProblem,
  });
  const list = new SessionList({ store, transcriptSessions, settings: settings.get, trusted, onError });
  const selection = new Selection(list);
  const abortWatch = new AbortWatch(onError);
  const replays = new Replays({
    selection,
    settings: settings.get,
    onRender: () => panel.update(),
    onChange: () => renderer.render(),
    notify: (message) => void vscode.window.showWarningMessage(message),
  });
  const history = new History({ home, store, onChange: () => tree.refreshPast(), onError });
  const sources: Sources = {
    settings: settings.get,
    list,
    selection,
    replays,
    rules,
    hooks: hooks.state,
    hooksInstalled: hooks.installed,
    demo: homePaths(home).demo,
    problems: () => problems.notices(),
  };

  const refresh = (): void => {
    hooks.invalidate();
    updateTerminalPath(context.environmentVariableCollection, home);
    renderer.render();
  };
  const repair = (): void => {
    hooks.repair().then(refresh, (error: unknown) => problems.report('runtime', error));
  };
  const mirror = (): void => problems.attempt('settings', () => settings.reload());
  const onReconfigure = (): void => {
    mirror();
    store.reconfigure();
    rules.reconfigure();
    refresh();
  };
  const include = (project: string): void => {
    windowFolders.include(project);
    store.reconfigure();
    list.refresh();
  };
  const warn = (message: string): void => log.warn(message);
  const timelines = new Timelines({ home, extensionUri, list, warn });
  const tree = new SessionsTree(history);
  const commands = registerCommands(
    {
      home,
      config,
      trusted,
      install,
      store,
      list,
      selection,
      replays,
      history,
      workerControl,
      abortWatch,
      rules,
      timelines,
      log,
      focusedRow: () => tree.focusedSession(),
      refreshPast: () => tree.refreshPast(),
      include,
    },
    refresh,
  );
  const panel = new PanelView({
    extensionUri,
    state: () => panelState(sources),
    run: commands.runner,
    older: (session, before) => olderActivity(list.find(session), session, before, onError),
    warn,
    onShown: refresh,
  });
  const surfaces = {
    panel,
    tree,
    statusBar: new StatusBar(),
    notifier: new Notifier(new NotificationClaims(homePaths(home).cache), () => renderer.render(), onError),
  };
  const renderer = new WindowRenderer(sources, surfaces);

  const { statusBar, notifier } = surfaces;
  subscriptions.push(
    log,
    rules,
    abortWatch,
    list,
    store,
    tree,
    statusBar,
    notifier,
    renderer,
    previews.register(),
    panel.register(),
    timelines,
    timelines.register(),
    ...commands.disposables,
    history,
    pruneHistoryDaily({
      home,
      settings: settings.get,
      trusted,
      now: Date.now,
      info: (text) => log.info(text),
      onError,
    }),
  );
  subscriptions.push(
    replays,
    list.onDidChange(() => replays.follow()),
  );
  subscriptions.push(list.onDidChange(renderer.render), rules.onDidChange(renderer.render));
  subscriptions.push(...watchWindow({ onReconfigure, onTrusted: repair, onFocused: refresh }));

  // the editor waits for what stands above; what reads the disk gives way to its own start
  await nextTurn();
  await hooks.start();
  mirror();
  store.start();
  list.start();
  rules.reconfigure();
  refresh();
  repair();
}

const trusted = (): boolean => vscode.workspace.isTrusted;

const folders = (): string[] => (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
