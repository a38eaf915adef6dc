import { setImmediate as nextTurn } from 'node:timers/promises';
import * as vscode from 'vscode';
import { claudeConfigDir } from '../core/session/claudeProcesses.ts';
import { fermataHome, homePaths } from '../core/paths.ts';
import { registerCommands } from './commands/commands.ts';
import type { Endings } from './sessions/endings.ts';
import { History } from './history/history.ts';
import { pruneHistoryDaily } from './history/retention.ts';
import { HookWatch } from './hooks/hookWatch.ts';
import type { InstallContext } from './hooks/surroundings.ts';
import { NewsClaims } from './surfaces/newsClaims.ts';
import { Notifier } from './surfaces/notifier.ts';
import { olderActivity } from './surfaces/olderActivity.ts';
import { PanelView } from './surfaces/panelView.ts';
import { Previews } from './surfaces/previews.ts';
import { Problems } from './problems.ts';
import { Replays } from './replay/replays.ts';
import { Rules } from './rules/rules.ts';
import { Selection } from './sessions/selection.ts';
import { SeenSessions } from './sessions/seenSessions.ts';
import { SessionList } from './sessions/sessionList.ts';
import { SessionStore } from './sessions/sessions.ts';
import { SessionsTree } from './surfaces/sessionsTree.ts';
import { LiveSettings } from './settings/settings.ts';
import { StatusBar } from './surfaces/statusBar.ts';
import { Timelines } from './timeline/timelines.ts';
import { offerCommand } from './hooks/terminalPath.ts';
import { UnheardAborts } from './sessions/unheardAborts.ts';
import { WindowFolders } from './sessions/windowFolders.ts';
import { followWindow } from './windowEvents.ts';
import { WindowDrawer, panelState, type Sources } from './window.ts';

/** Builds the parts in the order in which they need each other, connects them, and lets them begin. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const { extension, extensionUri, extensionPath, subscriptions } = context;
  const home = fermataHome(process.env);
  const config = claudeConfigDir(process.env);
  const log = vscode.window.createOutputChannel('Fermata', { log: true });
  const { version } = extension.packageJSON as { version: string };
  const problems = new Problems((message) => log.error(message));
  const fault = (error: unknown): void => problems.report('watching', error);
  const settings = new LiveSettings(home);
  const previews = new Previews();
  const rules = new Rules(home, fault);
  const install: InstallContext = {
    home,
    extensionPath,
    extensionId: extension.id,
    version,
    settings: settings.get,
    previews,
  };
  const hooks = new HookWatch(install);
  let loaded: Promise<Endings> | undefined;
  const endings = (): Promise<Endings> =>
    (loaded ??= import('./sessions/endings.ts').then((its) => new its.Endings({ home, settings: settings.get })));
  const tendWorkers = async (dir: string): Promise<void> => (await endings()).tend(dir);
  const shown = new WindowFolders(folders);
  const store = new SessionStore({ home, roots: shown.roots, settings: settings.get, trusted, tendWorkers, fault });
  const seen = new SeenSessions({
    config,
    sessions: homePaths(home).sessions,
    roots: shown.roots,
    now: Date.now,
    why: hooks.whyUnheard,
  });
  const list = new SessionList({ store, seen, settings: settings.get, trusted, fault });
  const selection = new Selection(list);
  const unheard = new UnheardAborts(fault);
  const replays = new Replays({
    selection,
    settings: settings.get,
    drawn: () => panel.update(),
    changed: () => drawer.draw(),
    tell: (message) => void vscode.window.showWarningMessage(message),
  });
  const history = new History({ home, store, changed: () => tree.redrawPast(), fault });
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

  const changed = (): void => {
    hooks.forget();
    offerCommand(context.environmentVariableCollection, home);
    drawer.draw();
  };
  const repair = (): void => {
    hooks.repair().then(changed, (error: unknown) => problems.report('runtime', error));
  };
  const mirror = (): void => problems.attempt('settings', () => settings.changed());
  const reconfigure = (): void => {
    mirror();
    store.reconfigure();
    rules.reconfigure();
    changed();
  };
  const include = (project: string): void => {
    shown.include(project);
    store.reconfigure();
    list.look();
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
      endings,
      unheard,
      rules,
      timelines,
      log,
      focusedRow: () => tree.focusedSession(),
      redraw: () => tree.redrawPast(),
      include,
    },
    changed,
  );
  const panel = new PanelView({
    extensionUri,
    state: () => panelState(sources),
    run: commands.runner,
    older: (session, before) => olderActivity(list.find(session), session, before, fault),
    warn,
    shown: changed,
  });
  const surfaces = {
    panel,
    tree,
    statusBar: new StatusBar(),
    notifier: new Notifier(new NewsClaims(homePaths(home).cache), () => drawer.draw(), fault),
  };
  const drawer = new WindowDrawer(sources, surfaces);

  const { statusBar, notifier } = surfaces;
  subscriptions.push(
    log,
    rules,
    unheard,
    list,
    store,
    tree,
    statusBar,
    notifier,
    drawer,
    previews.register(),
    panel.register(),
    timelines,
    timelines.register(),
    ...commands.disposables,
    history,
    pruneHistoryDaily({ home, settings: settings.get, trusted, now: Date.now, info: (text) => log.info(text), fault }),
  );
  subscriptions.push(
    replays,
    list.onDidChange(() => replays.follow()),
  );
  subscriptions.push(list.onDidChange(drawer.draw), rules.onDidChange(drawer.draw));
  subscriptions.push(...followWindow({ reconfigure, trusted: repair, focused: changed }));

  // the editor waits for what stands above; what reads the disk gives way to its own start
  await nextTurn();
  await hooks.start();
  mirror();
  store.start();
  list.start();
  rules.reconfigure();
  changed();
  repair();
}

const trusted = (): boolean => vscode.workspace.isTrusted;

const folders = (): string[] => (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
