import * as vscode from 'vscode';
import type { PanelState } from '#protocol/messages.ts';
import type { Settings } from '#protocol/settings.ts';
import type { NoticeView, ViewModel } from '#protocol/viewModel.ts';
import { CONTEXT_KEYS } from '#extension/base/ids.ts';
import { nextViewChange } from '#extension/sessions/nextViewChange.ts';
import { pauseOf } from '#extension/sessions/pause.ts';
import type { Notifier } from '#extension/status/notifier.ts';
import type { Replays } from '#extension/replay/replays.ts';
import type { PanelView } from '#extension/panel/panelView.ts';
import type { Rules } from '#extension/rules/rules.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import type { SessionsTree } from '#extension/status/sessionsTree.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import type { StatusBar } from '#extension/status/statusBar.ts';
import { summarize } from '#extension/status/summary.ts';

export interface Surfaces {
  panel: PanelView;
  tree: SessionsTree;
  statusBar: StatusBar;
  notifier: Notifier;
}

export interface Sources {
  settings: () => Settings;
  list: SessionList;
  selection: Selection;
  replays: Replays;
  rules: Rules;
  hooks: () => PanelState['hooks'];
  hooksInstalled: () => boolean;
  /** Where demos play. */
  demo: string;
  /** What went wrong with the settings or the watching, for a person. */
  problems: () => NoticeView[];
}

/** Everything that the panel shows. */
export function panelState({ list, selection, replays, rules, hooks, demo, problems }: Sources): PanelState {
  const session = selection.current();
  const past = session && replays.of(session);
  const base = { sessions: list.views(), hooks: hooks(), trusted: vscode.workspace.isTrusted };
  const notices = [...problems(), ...rules.notices];
  if (session === undefined) return { ...base, notices };
  if (past?.model !== undefined) {
    const { view: replay, model } = past;
    // what is said of now has no place there; the session keeps the name that it is known by
    const view = { ...model, session: { ...model.session, id: session.id } };
    return { ...base, hooks: { state: 'installed' }, selected: session.id, view, replay };
  }
  const view = list.view(session, Date.now());
  return {
    ...base,
    ...(past === undefined ? {} : { replay: past.view }),
    // a demo brings its own hooks
    ...(view.session.live && session.project === demo ? { hooks: { state: 'installed' as const } } : {}),
    selected: view.session.id,
    view: { ...view, notices: [...notices, ...view.notices] },
  };
}

/** Draws all surfaces of the window from the same views, whenever something has changed or comes due. */
export class WindowRenderer {
  readonly #sources: Sources;
  readonly #surfaces: Surfaces;
  readonly #contexts = new Map<string, boolean>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sources: Sources, surfaces: Surfaces) {
    this.#sources = sources;
    this.#surfaces = surfaces;
  }

  readonly render = (): void => {
    const { settings: current, list, selection } = this.#sources;
    const { panel, tree, statusBar, notifier } = this.#surfaces;
    // first, since it is what somebody looks at while the rest is worked out
    panel.update();
    const now = Date.now();
    const settings = current();
    const rows = list.list().map((session) => {
      return { session: session.id, view: list.view(session, now), paused: pauseOf(session) !== undefined };
    });
    const views = rows.map(({ view }) => view);
    const summary = summarize(views);
    const selected = selection.current();
    statusBar.show(summary, views, settings.statusBar);
    tree.show(rows, selected?.id, summary);
    notifier.update(views, settings);
    this.#context(CONTEXT_KEYS.hasSession, views.length > 0);
    this.#context(CONTEXT_KEYS.hasBlocks, summary.blocks > 0);
    this.#context(CONTEXT_KEYS.replaying, this.#sources.replays.isOf(selected));
    this.#context(CONTEXT_KEYS.rulesApproved, this.#sources.rules.approved);
    this.#context(CONTEXT_KEYS.hooksInstalled, this.#sources.hooksInstalled());
    this.#context(CONTEXT_KEYS.paused, selected !== undefined && pauseOf(selected) !== undefined);
    this.#scheduleRender(views, settings['workers.silentSeconds'], now);
  };

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #scheduleRender(views: readonly ViewModel[], silentSeconds: number, now: number): void {
    clearTimeout(this.#timer);
    const next = Math.min(
      ...views.filter((v) => v.session.live).map((view) => nextViewChange(view, silentSeconds) ?? Infinity),
    );
    if (next !== Infinity) this.#timer = setTimeout(this.render, Math.min(Math.max(1000, next - now), 0x7fff_ffff));
  }

  #context(key: string, value: boolean): void {
    if (this.#contexts.get(key) === value) return;
    this.#contexts.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
