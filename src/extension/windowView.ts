import * as vscode from 'vscode';
import { IDLE_BLOCK } from '#core/projection/idleBlocks.ts';
import { shortId } from '#core/session/shortId.ts';
import type { PanelState } from '#protocol/messages.ts';
import type { Settings } from '#protocol/settings.ts';
import type { NoticeView, SessionView, ViewModel } from '#protocol/viewModel.ts';
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
export function windowView({ list, selection }: WindowSources, now: number): WindowView {
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
    ...(past === undefined ? {} : { replay: past.view }),
    // a demo brings its own hooks
    ...(view.session.live && session.project === demo ? { hooks: { state: 'installed' as const } } : {}),
    selected: view.session.id,
    view: { ...view, notices: [...notices, ...view.notices] },
  };
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

/** The same sessions; those that share a title get their ids, as short as they can be told apart: ten terminals in one folder. */
function withShortIds(sessions: readonly SessionView[]): SessionView[] {
  return sessions.map((session) => {
    const alike = sessions.filter(({ title }) => title === session.title).map(({ id }) => id);
    return alike.length > 1 ? { ...session, short: shortId(session.id, alike) } : session;
  });
}
