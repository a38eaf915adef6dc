import * as vscode from 'vscode';
import { masked } from '#core/base/masking.ts';
import { fermataHome, homePaths } from '#core/base/paths.ts';
import { join } from 'node:path';
import { claudeConfigDir } from '#core/claude/processes.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { DisposableStore, Emitter } from '#extension/base/emitter.ts';
import { PREFIX } from '#extension/base/ids.ts';
import { Problems } from '#extension/base/problems.ts';
import { gitExtension } from '#extension/editors/gitExtension.ts';
import { Previews } from '#extension/editors/previews.ts';
import { TranscriptDocuments } from '#extension/editors/transcriptDocuments.ts';
import { History } from '#extension/history/history.ts';
import { pruneHistoryDaily } from '#extension/history/retention.ts';
import { HookWatch } from '#extension/install/hookWatch.ts';
import type { InstallContext } from '#extension/install/installContext.ts';
import { InstallQuestion } from '#extension/install/installQuestion.ts';
import { olderActivity } from '#extension/panel/olderActivity.ts';
import { PanelView, type PanelViewOptions } from '#extension/panel/panelView.ts';
import { Replays } from '#extension/replay/replays.ts';
import { Rules } from '#extension/rules/rules.ts';
import { AbortWatch } from '#extension/sessions/abortWatch.ts';
import { Attention } from '#extension/sessions/attention.ts';
import { BoardChoices, type WindowMemory } from '#extension/sessions/boardChoices.ts';
import { Changes } from '#extension/sessions/changes.ts';
import { Selection } from '#extension/sessions/selection.ts';
import { SessionList } from '#extension/sessions/sessionList.ts';
import { SessionScope } from '#extension/sessions/sessionScope.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { TranscriptSessions } from '#extension/sessions/transcriptSessions.ts';
import { WindowFolders } from '#extension/sessions/windowFolders.ts';
import type { WorkerControl } from '#extension/sessions/workerControl.ts';
import { LiveSettings } from '#extension/settings/settings.ts';
import { NotificationClaims } from '#extension/status/notificationClaims.ts';
import { Notifier } from '#extension/status/notifier.ts';
import { RingOffer } from '#extension/status/ringOffer.ts';
import { SessionsTree } from '#extension/status/sessionsTree.ts';
import { StatusBar } from '#extension/status/statusBar.ts';
import { Timelines } from '#extension/timeline/timelines.ts';
import { panelState, WindowRenderer, type WindowSources } from './windowRenderer.ts';

/** What every feature may need of its window. */
interface Window {
  extensionUri: vscode.Uri;
  /** The Fermata home, and Claude Code's own folder. */
  home: string;
  config: string;
  log: vscode.LogOutputChannel;
  warn: (message: string) => void;
  problems: Problems;
  onError: (error: unknown) => void;
  settings: LiveSettings;
  install: InstallContext;
  disposables: DisposableStore;
  /** What the window remembers of the Board, and what all windows remember. */
  choices: BoardChoices;
  memory: WindowMemory;
  /** Requests to draw all surfaces, the panel alone, or the list of past sessions. */
  requests: Record<'render' | 'panel' | 'past', Emitter>;
}

export const trusted = (): boolean => vscode.workspace.isTrusted;

const workspaceFolders = (): string[] => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);

export function openWindow(context: vscode.ExtensionContext): Window {
  const { extension, extensionUri, extensionPath, subscriptions, workspaceState, globalState } = context;
  const disposables = new DisposableStore();
  subscriptions.push(disposables);
  const home = fermataHome(process.env);
  const log = disposables.add(vscode.window.createOutputChannel('Fermata', { log: true }));
  const problems = new Problems((message) => log.error(masked(message)));
  const settings = new LiveSettings(home);
  const previews = new Previews();
  disposables.add(previews.register());
  const requests = { render: new Emitter(), panel: new Emitter(), past: new Emitter() };
  const question = new InstallQuestion(requests.render.fire);
  const { version } = extension.packageJSON as { version: string };
  return {
    extensionUri,
    home,
    config: claudeConfigDir(process.env),
    log,
    warn: (message) => log.warn(masked(message)),
    problems,
    onError: (error) => problems.report('watching', error),
    settings,
    install: { home, extensionPath, extensionId: extension.id, version, settings: settings.get, previews, question },
    disposables,
    choices: new BoardChoices(workspaceState),
    memory: globalState,
    requests,
  };
}

export const registerRules = ({ home, onError, disposables }: Window): Rules =>
  disposables.add(new Rules(home, onError));

type Sessions = ReturnType<typeof registerSessions>;

export function registerSessions(window: Window, hooks: HookWatch) {
  const { home, config, settings, choices, warn, onError, requests, disposables } = window;
  let loaded: Promise<WorkerControl> | undefined;
  const workerControl = (): Promise<WorkerControl> =>
    (loaded ??= import('#extension/sessions/workerControl.ts').then(
      (module) => new module.WorkerControl({ home, settings: settings.get }),
    ));
  const folders = new WindowFolders(workspaceFolders);
  const { roots } = folders;
  const superviseWorkers = async (log: SessionLog): Promise<void> => (await workerControl()).supervise(log);
  const store = new SessionStore({ home, roots, settings: settings.get, trusted, superviseWorkers, onError });
  const transcriptSessions = new TranscriptSessions({
    config,
    sessions: homePaths(home).sessions,
    roots,
    now: Date.now,
    describeHookProblem: hooks.describeHookProblem,
  });
  const changes = new Changes({
    trusted,
    editorsGit: () => gitExtension()?.git.path,
    folders: workspaceFolders,
    onChange: requests.render.fire,
    warn,
  });
  const claudeSessions = join(config, 'sessions');
  const list = new SessionList({
    store,
    transcriptSessions,
    settings: settings.get,
    trusted,
    changes,
    claudeSessions,
    onError,
  });
  const abortWatch = new AbortWatch(onError);
  const scope = new SessionScope({ choices, folders, store, list });
  const selection = new Selection(list);
  const attention = new Attention({ list, selection, onChange: requests.render.fire });
  const ownFolders = vscode.workspace.onDidChangeWorkspaceFolders(() => folders.invalidate());
  disposables.addAll(attention, scope, list, store, abortWatch, changes, ownFolders);
  return { store, list, changes, scope, selection, attention, abortWatch, workerControl };
}

export function registerReplay({ settings, requests, disposables }: Window, { list, selection }: Sessions): Replays {
  const replays = new Replays({
    selection,
    settings: settings.get,
    onRender: requests.panel.fire,
    onChange: requests.render.fire,
    notify: (message) => void vscode.window.showWarningMessage(message),
  });
  disposables.addAll(
    replays,
    list.onDidChange(() => replays.follow()),
  );
  return replays;
}

export function registerHistory({ home, settings, log, onError, requests, disposables }: Window, { store }: Sessions) {
  const history = new History({ home, store, onChange: requests.past.fire, onError });
  const info = (message: string): void => log.info(message);
  const pruning = pruneHistoryDaily({ home, settings: settings.get, trusted, now: Date.now, info, onError });
  disposables.addAll(history, pruning);
  return history;
}

export function registerTimeline({ home, extensionUri, warn, disposables }: Window, { list }: Sessions): Timelines {
  const timelines = disposables.add(new Timelines({ home, extensionUri, list, warn }));
  disposables.add(timelines.register());
  return timelines;
}

export function registerTranscripts({ disposables }: Window, { list }: Sessions): TranscriptDocuments {
  const transcripts = new TranscriptDocuments(list);
  disposables.addAll(transcripts, transcripts.register());
  return transcripts;
}

export function registerRenderer({ requests, disposables }: Window, sources: WindowSources): WindowRenderer {
  const renderer = new WindowRenderer(sources);
  const changes = [requests.render.event, sources.rules.onDidChange];
  disposables.addAll(
    renderer,
    sources.list.onDidChange(renderer.request),
    ...changes.map((onDidChange) => onDidChange(renderer.render)),
  );
  return renderer;
}

export function registerTree({ requests, disposables }: Window, history: History): SessionsTree {
  const tree = disposables.add(new SessionsTree(history));
  disposables.add(requests.past.event(() => tree.refreshPast()));
  return tree;
}

export function registerPanel(
  { extensionUri, warn, onError, requests, disposables }: Window,
  sources: WindowSources,
  renderer: WindowRenderer,
  attention: Attention,
  { run, onShown }: Pick<PanelViewOptions, 'run' | 'onShown'>,
): void {
  const panel = new PanelView({
    extensionUri,
    state: () => panelState(sources, renderer.latest),
    run,
    older: (session, before) => olderActivity(sources.list.find(session), session, before, onError),
    // loaded when a person first looks
    peek: async (session, worker) => {
      if (sources.choices.markSeen(session, Date.now())) requests.render.fire();
      return (await import('#extension/panel/peek.ts')).peek(sources.list, { session, worker });
    },
    warn,
    onShown,
  });
  attention.isPanelVisible = () => panel.visible;
  const update = (): void => panel.update();
  disposables.addAll(
    panel.register(),
    renderer.onDidRender(update),
    requests.panel.event(update),
    // a busy page gets what is newest once it has drawn, and not what was drawn while it did
    sources.list.onDidChange(update),
  );
}

export function registerStatus(
  { home, settings, memory, onError, disposables }: Window,
  sources: WindowSources,
  renderer: WindowRenderer,
  tree: SessionsTree,
) {
  const statusBar = new StatusBar();
  const notifier = new Notifier(new NotificationClaims(homePaths(home).cache), renderer.render, onError);
  const show = (): void => {
    const { views, rows, selected, summary, board } = renderer.view;
    statusBar.show(summary, views, board, settings.get().statusBar);
    tree.show(rows, selected?.session.id, summary);
    const looksAt = (id: string): boolean => {
      const session = sources.list.find(id);
      return session !== undefined && sources.looksAt(session);
    };
    notifier.update({ views, board, now: Date.now(), settings: settings.get(), looksAt });
  };
  const needsYou = () => renderer.view.board.groups.needsYou;
  const ringOffer = new RingOffer({ memory, needsYou, settings: settings.get });
  disposables.addAll(statusBar, notifier, ringOffer, renderer.onDidRender(show));
}

/** Follows the settings, the folders, the trust and the focus of the window. */
export function registerSettings(
  { settings, problems, disposables }: Window,
  { store }: Sessions,
  rules: Rules,
  hooks: HookWatch,
  refresh: () => void,
) {
  const repairHooks = (): void => {
    hooks.repair().then(refresh, (error: unknown) => problems.report('runtime', error));
  };
  const mirrorSettings = (): void => {
    problems.attempt('settings', () => settings.reload());
    problems.attempt('folder', () => settings.checkFolders());
  };
  const onReconfigure = (): void => {
    mirrorSettings();
    store.reconfigure();
    rules.reconfigure();
    refresh();
  };
  disposables.addAll(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(PREFIX)) return;
      onReconfigure();
      // it is in the entries, too
      if (event.affectsConfiguration(`${PREFIX}.failClosed`)) repairHooks();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(onReconfigure),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      onReconfigure();
      repairHooks();
    }),
    // cached facts are read again when the person returns to the window
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) refresh();
    }),
  );
  return { mirrorSettings, repairHooks };
}
