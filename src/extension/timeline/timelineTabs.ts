import * as vscode from 'vscode';
import { sessionDir } from '#core/base/paths.ts';
import { projectName } from '#core/projection/names.ts';
import { readSessionInfo } from '#core/session/info.ts';
import { isSessionId } from '#protocol/ids.ts';
import { parseFromTimeline } from '#protocol/parseMessages.ts';
import type { TimelineState } from '#protocol/messages.ts';
import type { TimelineView } from '#protocol/timeline.ts';
import { COMMANDS, TABS } from '#extension/base/ids.ts';
import { openLogAt } from '#extension/editors/openFiles.ts';
import { Snapshots } from '#extension/panel/snapshots.ts';
import { postTo, webviewPage } from '#extension/panel/webviewPage.ts';
import { TimelineReader } from './timelineReader.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';

/** At most ten snapshots a second, which take at most a tenth of the time. */
const INTERVAL_MS = 100;
const COST_FACTOR = 10;

export interface TimelinesOptions {
  /** The Fermata home. */
  home: string;
  extensionUri: vscode.Uri;
  list: SessionList;
  warn: (message: string) => void;
}

/** The open tabs, by the folder of their session. */
export class TimelineTabs {
  readonly #options: TimelinesOptions;
  readonly #tabs = new Map<string, TimelineTab>();

  constructor(options: TimelinesOptions) {
    this.#options = options;
  }

  open(folder: string): void {
    const tab = this.#tabs.get(folder);
    if (tab === undefined)
      this.#add(folder, vscode.window.createWebviewPanel(TABS.timeline, '', vscode.ViewColumn.Active));
    else tab.reveal();
  }

  restore(panel: vscode.WebviewPanel, state: unknown): void {
    // the page saves its session when it is first drawn
    const session = (state as { session?: unknown } | null | undefined)?.session;
    if (typeof session === 'string' && isSessionId(session)) this.#add(session, panel);
    else panel.dispose();
  }

  dispose(): void {
    for (const tab of this.#tabs.values()) tab.dispose();
  }

  #add(folder: string, panel: vscode.WebviewPanel): void {
    const tab = new TimelineTab(folder, panel, this.#options);
    this.#tabs.set(folder, tab);
    panel.onDidDispose(() => {
      tab.dispose();
      if (this.#tabs.get(folder) === tab) this.#tabs.delete(folder);
    });
  }
}

/** One session's timeline in an editor tab. It reads the log only while it is visible, each time from where it stopped. */
class TimelineTab {
  readonly #folder: string;
  readonly #dir: string;
  readonly #panel: vscode.WebviewPanel;
  readonly #options: TimelinesOptions;
  readonly #reader: TimelineReader;
  readonly #snapshots: Snapshots<TimelineState>;
  readonly #listeners: vscode.Disposable[];

  constructor(folder: string, panel: vscode.WebviewPanel, options: TimelinesOptions) {
    this.#folder = folder;
    this.#dir = sessionDir(options.home, folder);
    this.#panel = panel;
    this.#options = options;
    this.#reader = new TimelineReader({ dir: this.#dir, onChange: () => this.#snapshots.update() });
    this.#snapshots = new Snapshots<TimelineState>({
      post: (message) => postTo(panel.webview, message),
      state: () => this.#state(),
      intervalMs: INTERVAL_MS,
      costFactor: COST_FACTOR,
    });
    this.#listeners = [
      panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      panel.onDidChangeViewState(() => {
        this.#snapshots.setVisible(panel.visible);
        if (panel.visible) this.#reader.poll();
      }),
      options.list.onDidChange(() => {
        this.#updateTitle();
        if (panel.visible) this.#reader.poll();
      }),
    ];
    this.#updateTitle();
    void webviewPage(panel.webview, options.extensionUri, 'timeline');
    this.#reader.poll();
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#reader.dispose();
    this.#snapshots.dispose();
    for (const listener of this.#listeners) listener.dispose();
  }

  #receive(message: unknown): void {
    const parsed = parseFromTimeline(message);
    switch (parsed?.type) {
      case undefined:
        return this.#options.warn('a timeline sent a message that is not one; it was ignored');
      case 'ready':
        return this.#snapshots.ready();
      case 'drawn':
        return this.#snapshots.drawn(parsed.generation);
      case 'openLine':
        return void this.#openLine(parsed.pos, parsed.stay === true);
      case 'replay':
        return void vscode.commands.executeCommand(COMMANDS.replay, { session: this.#folder, pos: parsed.pos });
      case 'openTranscript':
        return void vscode.commands.executeCommand(COMMANDS.openTranscript, {
          session: this.#folder,
          worker: parsed.lane,
          ts: parsed.ts,
        });
      case 'fault':
        return this.#options.warn(`a timeline failed: ${parsed.message}`);
    }
  }

  async #openLine(pos: number, stay: boolean): Promise<void> {
    try {
      // beside this tab, which need not be the active one any more
      const viewColumn = Math.min((this.#panel.viewColumn ?? 1) + 1, vscode.ViewColumn.Nine);
      await openLogAt(this.#dir, { pos, viewColumn, preserveFocus: stay });
    } catch (error) {
      void vscode.window.showErrorMessage(
        vscode.l10n.t(
          'The session log could not be opened: {0}',
          error instanceof Error ? error.message : String(error),
        ),
      );
    }
  }

  #updateTitle(): void {
    const title = vscode.l10n.t('Timeline: {0}', this.#session().title);
    if (this.#panel.title !== title) this.#panel.title = title;
  }

  #session(): TimelineView['session'] {
    const known = this.#options.list.find(this.#folder);
    const project = known?.project ?? readSessionInfo(this.#dir)?.project;
    const named = known && this.#options.list.view(known, Date.now()).session.name;
    const title = named ?? projectName(project) ?? 'Claude';
    return { id: this.#folder, title, live: known?.live ?? false };
  }

  #state(): TimelineState {
    const { error } = this.#reader;
    if (error === undefined) return { view: this.#reader.view(this.#session(), Date.now()) };
    const deleted = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      error: deleted
        ? vscode.l10n.t('The session is not there any more: its log was deleted.')
        : vscode.l10n.t('Its log could not be read: {0}', error.message),
    };
  }
}
