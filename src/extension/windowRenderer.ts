import * as vscode from 'vscode';
import { IDLE_BLOCK } from '#core/projection/notices.ts';
import { shortId } from '#core/base/text.ts';
import type { PanelState } from '#protocol/messages.ts';
import type { Settings } from '#protocol/settings.ts';
import type { NoticeView, SessionView, ViewModel } from '#protocol/viewModel.ts';
import { Emitter } from '#extension/base/emitter.ts';
import { CONTEXT_KEYS } from '#extension/base/ids.ts';
import type { Replays } from '#extension/replay/replays.ts';
import type { Rules } from '#extension/rules/rules.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import type { Session } from '#extension/sessions/session.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import type { SessionRow } from '#extension/status/sessionsTree.ts';
import { summarize, type Summary } from '#extension/status/summary.ts';

export interface WindowSources {
  settings: () => Settings;
  list: SessionList;
  selection: Selection;
  replays: Replays;
  rules: Rules;
  hooks: () => PanelState['hooks'];
  hooksInstalled: () => boolean;
  /** Where demos play. */
  demo: string;
  /** Problems with the settings or the watching, for the person. */
  problems: () => NoticeView[];
}

/** The sessions of the window at one moment. It is made once a draw, and every surface shows the same one. */
export interface WindowView {
  /** Every session: first those at work, and the newest of each kind first. */
  views: readonly ViewModel[];
  /** The same sessions in short, for the panel's list, and as rows of the tree. */
  sessions: readonly SessionView[];
  rows: readonly SessionRow[];
  selected: { session: Session; view: ViewModel } | undefined;
  summary: Summary;
}

/** Projects each session of the window once. */
function windowView({ list, selection }: WindowSources, now: number): WindowView {
  const current = selection.current();
  const all = list.list().map((session) => ({ session, view: list.view(session, now) }));
  const views = all.map(({ view }) => view);
  const sessions = withShortIds(views.map(({ session }) => session));
  return {
    views,
    sessions,
    rows: all.map(({ session: { folder }, view }, i) => ({ session: folder, view, short: sessions[i]?.short })),
    selected: all.find(({ session }) => session === current),
    summary: summarize(views),
  };
}

/** Everything that the panel shows: the selected session, or its past while that is replayed. */
export function panelState(
  { replays, rules, hooks, demo, problems }: WindowSources,
  { sessions, selected }: WindowView,
): PanelState {
  const base = { sessions: [...sessions], hooks: hooks(), trusted: vscode.workspace.isTrusted };
  const notices = [...problems(), ...rules.notices];
  if (selected === undefined) return { ...base, notices };
  const { session, view } = selected;
  const past = replays.of(session);
  if (past?.model !== undefined) {
    const { view: replay, model } = past;
    // notices are about the present; the session keeps the id by which it is known now
    const pastView = { ...model, session: { ...model.session, id: session.id } };
    return { ...base, hooks: { state: 'installed' }, selected: session.id, view: pastView, replay };
  }
  return {
    ...base,
    replay: past?.view,
    // a demo brings its own hooks
    ...(view.session.live && session.project === demo ? { hooks: { state: 'installed' as const } } : {}),
    selected: view.session.id,
    view: { ...view, notices: [...notices, ...view.notices] },
  };
}

/** Draws all surfaces of the window from one view, whenever something has changed or comes due. */
export class WindowRenderer {
  readonly #sources: WindowSources;
  readonly #rendered = new Emitter();
  readonly #contexts = new Map<string, boolean>();
  #view: WindowView | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** There is a new view. Surfaces draw in the order in which they have subscribed. */
  readonly onDidRender = this.#rendered.event;

  constructor(sources: WindowSources) {
    this.#sources = sources;
  }

  /** The window as it was last drawn. */
  get view(): WindowView {
    return (this.#view ??= windowView(this.#sources, Date.now()));
  }

  readonly render = (): void => {
    const { settings, replays, rules, hooksInstalled } = this.#sources;
    const now = Date.now();
    this.#view = windowView(this.#sources, now);
    this.#rendered.fire();
    const { views, selected, summary } = this.#view;
    this.#setContext(CONTEXT_KEYS.hasSession, views.length > 0);
    this.#setContext(CONTEXT_KEYS.hasBlocks, summary.blocks > 0);
    this.#setContext(CONTEXT_KEYS.replaying, replays.isOf(selected?.session));
    this.#setContext(CONTEXT_KEYS.rulesApproved, rules.approved);
    this.#setContext(CONTEXT_KEYS.hooksInstalled, hooksInstalled());
    this.#setContext(CONTEXT_KEYS.paused, selected?.view.session.paused === true);
    this.#scheduleRender(views, settings()['workers.silentSeconds'], now);
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

  #setContext(key: string, value: boolean): void {
    if (this.#contexts.get(key) === value) return;
    this.#contexts.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}

/** When the view changes although no event comes, epoch ms: a worker falls silent, a block or a notice comes due. Pure. */
export function nextViewChange(view: ViewModel, silentSeconds: number): number | undefined {
  const silent = view.workers
    .filter((w) => !w.silent && (w.state === 'running' || w.state === 'starting'))
    .flatMap((w) => (w.lastTs === undefined ? [] : [w.lastTs + silentSeconds * 1000 + 1]));
  const active = view.blocks.filter((b) => b.standing);
  const due = active.flatMap((b) => b.dueTs ?? []);
  const idle = active.flatMap((b) => [
    b.sinceTs + IDLE_BLOCK.unusedMs + 1,
    ...(b.firstStruckTs === undefined ? [] : [b.firstStruckTs + IDLE_BLOCK.silentMs + 1]),
  ]);
  const lastActivity =
    idle.length === 0 ? [] : view.workers.map((w) => (w.lastTs ?? -Infinity) + IDLE_BLOCK.silentMs + 1);
  const notices = view.notices.flatMap((n) => n.dueTs ?? []);
  const times = [...silent, ...due, ...idle, ...lastActivity, ...notices].filter((ts) => ts > view.generatedTs);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The same sessions; those that share a title, as ten terminals in one folder do, get ids that are as short as possible. */
function withShortIds(sessions: readonly SessionView[]): SessionView[] {
  return sessions.map((session) => {
    const alike = sessions.filter(({ title }) => title === session.title).map(({ id }) => id);
    return alike.length > 1 ? { ...session, short: shortId(session.id, alike) } : session;
  });
}
