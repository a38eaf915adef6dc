import * as vscode from 'vscode';
import { boardOf } from '#core/projection/board.ts';
import { QUIET_MS } from '#core/projection/quiet.ts';
import { IDLE_BLOCK } from '#core/projection/idleBlock.ts';
import { withWindowNames } from '#core/projection/windowNames.ts';
import type { BoardView } from '#protocol/board.ts';
import { stepOf } from '#protocol/guide.ts';
import type { PanelState } from '#protocol/messages.ts';
import type { Settings } from '#protocol/settings.ts';
import type { NoticeView, SessionView, ViewModel } from '#protocol/viewModel.ts';
import { Emitter } from '#extension/base/emitter.ts';
import { Throttle } from '#extension/base/throttle.ts';
import { CONTEXT_KEYS } from '#extension/base/ids.ts';
import type { InstallQuestion } from '#extension/install/installQuestion.ts';
import type { Replays } from '#extension/replay/replays.ts';
import type { Rules } from '#extension/rules/rules.ts';
import type { BoardChoices } from '#extension/sessions/boardChoices.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import type { Session } from '#extension/sessions/session.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import type { SessionRow } from '#extension/status/sessionsTree.ts';
import { summarize, type Summary } from '#extension/status/summary.ts';
import { viewTexts } from '#extension/base/viewTexts.ts';

export interface WindowSources {
  settings: () => Settings;
  list: SessionList;
  selection: Selection;
  choices: BoardChoices;
  /** Whether the person looks at a session now. */
  looksAt: (session: Session) => boolean;
  /** The number of live sessions outside the scope. */
  outside: () => number;
  replays: Replays;
  rules: Rules;
  hooks: () => PanelState['hooks'];
  hooksInstalled: () => boolean;
  question: InstallQuestion;
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
  /** The session that is shown; undefined on the Board. */
  selected: { session: Session; view: ViewModel } | undefined;
  board: BoardView;
  /** The panel shows the Board. */
  onBoard: boolean;
  summary: Summary;
}

/** Projects each session of the window once. */
function windowView(sources: WindowSources, now: number): WindowView {
  const { list, selection, choices } = sources;
  const onBoard = selection.isBoard();
  const current = onBoard ? undefined : selection.current();
  const listed = list.list();
  const isAny = listed.length > 0;
  const views = isAny
    ? withWindowNames(
        listed.map((session) => list.view(session, now)),
        viewTexts(),
      )
    : [];
  const all = views.map((view, i) => ({ session: listed[i] as Session, view }));
  markSeen(sources, all);
  const { pinned, seenTs } = choices;
  const notices = windowNotices(sources);
  const isEmpty = views.length + notices.length === 0;
  const board = isEmpty
    ? NO_ROWS
    : boardOf(views, { now, dayStartTs: dayStart(now), seenTs, pinned, notices, texts: viewTexts() });
  return {
    views,
    sessions: views.map(({ session }) => session),
    rows: all.map(({ session: { folder }, view }) => ({ session: folder, view })),
    selected: all.find(({ session }) => session === current),
    board,
    onBoard,
    summary: summarize(views, board),
  };
}

/** The Board of a window without a session, for which no code is loaded. */
const NO_ROWS: BoardView = {
  groups: { needsYou: [], yourTurn: [], waiting: [], working: [], done: [] },
  needsYou: 0,
  live: 0,
};

/** A turn that has ended is seen once the person looks at its session. */
function markSeen({ choices, looksAt }: WindowSources, all: readonly { session: Session; view: ViewModel }[]): void {
  for (const { session, view } of all) {
    const { id, live, turnEndedTs } = view.session;
    const isUnseen = live && turnEndedTs !== undefined && turnEndedTs > (choices.seenTs(id) ?? -Infinity);
    if (isUnseen && looksAt(session)) choices.markSeen(id, turnEndedTs);
  }
}

/** Notices that belong to no session. */
const windowNotices = ({ problems, rules }: WindowSources): NoticeView[] => [...problems(), ...rules.notices];

/** The midnight before a time, where the person is. */
const dayStart = (now: number): number => new Date(now).setHours(0, 0, 0, 0);

/** Everything that the panel shows: the Board, the selected session, or its past while that is replayed. */
export function panelState(sources: WindowSources, { sessions, selected, board, onBoard }: WindowView): PanelState {
  const { replays, hooks, demo, choices, outside, question } = sources;
  const { scope, focus } = choices;
  const known = { scope, outside: outside(), needsYou: board.needsYou, focus };
  const base = {
    ...known,
    sessions: [...sessions],
    hooks: hooks(),
    trusted: vscode.workspace.isTrusted,
    guide: question.view,
  };
  const notices = windowNotices(sources);
  if (selected === undefined) return { ...base, notices, ...(onBoard ? { board } : {}) };
  const { session, view } = selected;
  const past = replays.of(session);
  if (past?.model !== undefined) {
    const { view: replay, model } = past;
    // notices are about the present; the session keeps the id and the name by which it is known now
    const pastView = { ...model, session: { ...model.session, id: session.id, name: view.session.name } };
    return { ...base, hooks: { state: 'installed' }, selected: session.id, view: pastView, replay };
  }
  return {
    ...base,
    replay: past?.view,
    // a demo brings its own hooks, and those of another machine are there
    ...((view.session.live && session.project === demo) || view.session.machine !== undefined
      ? { hooks: { state: 'installed' as const } }
      : {}),
    guide: { ...question.view, demo: session.project === demo ? demoView(session) : undefined },
    selected: view.session.id,
    view: { ...view, notices: [...notices, ...view.notices] },
  };
}

/** How far the demo is: the newest step that its log begins. */
function demoView({ live, state }: Session): NonNullable<PanelState['guide']>['demo'] {
  if (!live) return { over: true };
  const last = state.activity.findLast(({ event }) => event.t === 'log' && stepOf(event.message) !== undefined);
  const step = last?.event.t === 'log' ? stepOf(last.event.message) : undefined;
  return step === undefined ? undefined : { step };
}

/** The shortest time between two draws for changes of sessions: a thousand workers report more often than anybody reads. */
const DRAW_MS = 200;
/** They take at most a quarter of the time. */
const COST_FACTOR = 3;

/** Draws all surfaces of the window from one view, whenever something has changed or comes due. */
export class WindowRenderer {
  readonly #sources: WindowSources;
  readonly #rendered = new Emitter();
  readonly #contexts = new Map<string, boolean>();
  readonly #throttle = new Throttle(DRAW_MS, () => this.latest, COST_FACTOR);
  #view: WindowView | undefined;
  /** Something has changed since it was drawn. */
  #isStale = false;
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

  /** The window as it is, for what acts on it. */
  get latest(): WindowView {
    if (this.#isStale) this.render();
    return this.view;
  }

  /** Sessions have changed: draws them soon. */
  readonly request = (): void => {
    this.#isStale = true;
    this.#throttle.request();
  };

  readonly render = (): void => {
    const { settings, replays, rules, hooksInstalled, question } = this.#sources;
    const now = Date.now();
    this.#isStale = false;
    this.#view = windowView(this.#sources, now);
    this.#rendered.fire();
    const { views, selected, summary, onBoard } = this.#view;
    this.#setContext(CONTEXT_KEYS.hasSession, views.length > 0);
    this.#setContext(CONTEXT_KEYS.hasBlocks, summary.blocks > 0);
    this.#setContext(
      CONTEXT_KEYS.hasShared,
      views.some(({ session }) => (session.link ?? session.machine) !== undefined),
    );
    this.#setContext(CONTEXT_KEYS.replaying, replays.isOf(selected?.session));
    this.#setContext(CONTEXT_KEYS.rulesApproved, rules.approved);
    this.#setContext(CONTEXT_KEYS.installing, question.view.install !== undefined);
    this.#setContext(CONTEXT_KEYS.hooksInstalled, hooksInstalled());
    const hasLive = views.some(({ session }) => session.live);
    this.#setContext(CONTEXT_KEYS.hasLive, hasLive);
    this.#setContext(CONTEXT_KEYS.board, hasLive && onBoard);
    this.#setContext(CONTEXT_KEYS.live, selected?.view.session.live === true);
    this.#setContext(CONTEXT_KEYS.paused, selected?.view.session.paused === true);
    this.#scheduleRender(views, settings()['workers.silentSeconds'], now);
  };

  dispose(): void {
    this.#throttle.dispose();
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
  const { lastSignTs, conductor } = view.session;
  const quiet = conductor.state === 'working' && lastSignTs !== undefined ? [lastSignTs + QUIET_MS + 1] : [];
  const times = [...quiet, ...silent, ...due, ...idle, ...lastActivity, ...notices].filter(
    (ts) => ts > view.generatedTs,
  );
  return times.length === 0 ? undefined : Math.min(...times);
}
