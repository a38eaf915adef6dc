import { BOARD_GROUPS, type BoardGroup, type BoardRow, type BoardView } from '#protocol/board.ts';
import type { DecisionView, NoticeView, ViewModel } from '#protocol/viewModel.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import { decisionsOf } from './decisions.ts';
import { namesIn } from './names.ts';
import { QUIET_MS } from './quiet.ts';
import { ENGLISH } from './wording.ts';

export interface BoardOptions {
  /** Epoch ms. */
  now: number;
  /** The beginning of today where the person is, epoch ms: sessions that ended before it are not on the Board. */
  dayStartTs: number;
  /** Until when the person has seen what a session did, epoch ms; undefined for one that they have never looked at. */
  seenTs: (session: string) => number | undefined;
  /** Sessions that the person keeps first in their group. */
  pinned?: ReadonlySet<string>;
  /** Notices that belong to no session. */
  notices?: readonly NoticeView[];
  /** The sentences of the rows; without them English. */
  texts?: ViewTexts;
}

/**
 * Every session of a scope in the order in which it wants the person. Each decision is a row of its own; a session
 * without one is a row in the first group that fits. What several sessions have for the same cause is one row. Pure.
 */
export function boardOf(views: readonly ViewModel[], options: BoardOptions): BoardView {
  const groups = Object.fromEntries(BOARD_GROUPS.map((group) => [group, [] as BoardRow[]])) as BoardView['groups'];
  const causes = new Set<string>();
  const decisions: { row: BoardRow; decision: DecisionView }[] = [];
  const addDecisions = (own: readonly DecisionView[], toRow: (decision: DecisionView) => BoardRow): void => {
    for (const decision of own) {
      if (decision.cause !== undefined && causes.has(decision.cause)) continue;
      if (decision.cause !== undefined) causes.add(decision.cause);
      decisions.push({ decision, row: toRow(decision) });
    }
  };
  for (const view of views) {
    const placed = view.session.live ? placeLive(view, options) : placeEnded(view, options);
    if (view.session.live)
      addDecisions(view.decisions, (decision) => decisionRow(view, decision, options.texts ?? ENGLISH));
    if (placed !== undefined) groups[placed.group].push(placed.row);
  }
  const { notices = [] } = options;
  addDecisions(decisionsOf({ asks: [], calls: [], notices }), ({ id }) => windowRow(notices, id));
  groups.needsYou = decisions.toSorted(({ decision: a }, { decision: b }) => byUrgency(a, b)).map(({ row }) => row);
  groups.yourTurn.sort((a, b) => Number(b.asks === true) - Number(a.asks === true) || newestFirst(a, b));
  groups.waiting.sort((a, b) => (a.etaTs ?? Infinity) - (b.etaTs ?? Infinity) || oldestFirst(a, b));
  groups.working.sort((a, b) => quietTs(a) - quietTs(b) || newestFirst(a, b));
  groups.done.sort((a, b) => Number(a.ended === true) - Number(b.ended === true) || newestFirst(a, b));
  const { pinned } = options;
  if (pinned !== undefined && pinned.size > 0)
    for (const group of BOARD_GROUPS) groups[group] = pinnedFirst(groups[group], pinned);
  return { groups, needsYou: decisions.length, live: views.filter(({ session }) => session.live).length };
}

function pinnedFirst(rows: readonly BoardRow[], pinned: ReadonlySet<string>): BoardRow[] {
  const isPinned = ({ session }: BoardRow): boolean => session !== undefined && pinned.has(session);
  const marked = rows.map((row): BoardRow => (isPinned(row) ? { ...row, pinned: true } : row));
  return marked.toSorted((a, b) => Number(b.pinned === true) - Number(a.pinned === true));
}

/** What keeps Claude waiting comes first, then what has waited longest. */
const byUrgency = (a: DecisionView, b: DecisionView): number =>
  Number(b.stopsClaude) - Number(a.stopsClaude) || a.sinceTs - b.sinceTs;

const oldestFirst = (a: BoardRow, b: BoardRow): number => (a.sinceTs ?? 0) - (b.sinceTs ?? 0);
const newestFirst = (a: BoardRow, b: BoardRow): number => oldestFirst(b, a);
const quietTs = (row: BoardRow): number => row.quietSinceTs ?? Infinity;

interface Placed {
  group: BoardGroup;
  row: BoardRow;
}

/** The place of a live session that needs no decision; undefined for one whose decisions are its rows. */
function placeLive(view: ViewModel, { now, seenTs }: BoardOptions): Placed | undefined {
  if (view.decisions.length > 0) return undefined;
  const { session, calls } = view;
  const { conductor, transcript, lastSaid, turnEndedTs, lastSignTs } = session;
  const row = sessionRow(view);
  const held = calls.find(({ state }) => state === 'held');
  if (held !== undefined)
    return { group: 'waiting', row: { ...row, call: held, sinceTs: held.sinceTs, etaTs: held.etaTs } };
  if (turnEndedTs !== undefined) {
    const said = { sinceTs: turnEndedTs, text: lastSaid?.text, asks: lastSaid?.asks };
    const isSeen = turnEndedTs <= (seenTs(session.id) ?? -Infinity);
    return { group: isSeen ? 'done' : 'yourTurn', row: { ...row, ...said } };
  }
  if (conductor.state !== 'working') return { group: 'done', row: { ...row, sinceTs: conductor.sinceTs } };
  const { tasks, activity } = transcript ?? {};
  const isQuiet = lastSignTs !== undefined && now - lastSignTs > QUIET_MS;
  const quietSinceTs = isQuiet ? lastSignTs : undefined;
  return { group: 'working', row: { ...row, sinceTs: conductor.sinceTs, tasks, text: activity?.text, quietSinceTs } };
}

function placeEnded(view: ViewModel, { dayStartTs }: BoardOptions): Placed | undefined {
  const { conductor, lastSignTs = 0, lastSaid } = view.session;
  const endedTs = conductor.state === 'ended' ? (conductor.sinceTs ?? lastSignTs) : lastSignTs;
  if (endedTs < dayStartTs) return undefined;
  return { group: 'done', row: { ...sessionRow(view), sinceTs: endedTs, text: lastSaid?.text, ended: true } };
}

function sessionRow({ session, workers, merges = [], budget, spending }: ViewModel): BoardRow {
  const { id, name, projectName, unhooked, reach, background, machine, link } = session;
  const running = workers.filter(({ endedTs, state }) => endedTs === undefined && state !== 'planned').length;
  const failed = workers.filter(({ state }) => state === 'failed' || state === 'lost').length;
  return {
    id,
    session: id,
    name,
    projectName,
    tone: failed > 0 ? 'failed' : 'note',
    agents: running + failed === 0 ? undefined : { running, failed },
    conflict: merges.find(({ state }) => state === 'conflict')?.text,
    budget,
    spending,
    canAct: unhooked === undefined && reach?.outOfReach === undefined,
    background,
    reach,
    machine,
    link,
  };
}

function decisionRow(view: ViewModel, { kind, id, sinceTs }: DecisionView, texts: ViewTexts): BoardRow {
  const { session, workers, asks, calls, notices } = view;
  const own = sessionRow(view);
  const row: BoardRow = { ...own, id: `${session.id} ${kind} ${id}`, sinceTs, tone: 'decide', agents: undefined };
  const { worker } = namesIn(session.name, workers, texts);
  const named = (agent: string | undefined) => (agent === undefined ? {} : { agent: worker(agent) });
  if (kind === 'ask') {
    const ask = asks.find((each) => each.id === id);
    return { ...row, ask, ...named(ask?.worker) };
  }
  if (kind === 'call') {
    const call = calls.find((each) => each.id === id);
    const isStuck = call?.reasons.some(({ stuck }) => stuck !== undefined) === true;
    return { ...row, call, ...named(call?.agent), tone: isStuck ? 'failed' : 'decide' };
  }
  if (kind === 'dialog') return row;
  const notice = notices.find((each) => each.id === id);
  return { ...row, notice, ...named(notice?.worker), tone: notice?.kind === 'escalation' ? 'failed' : 'decide' };
}

function windowRow(notices: readonly NoticeView[], id: string): BoardRow {
  const notice = notices.find((each) => each.id === id);
  const { text = '', ts } = notice ?? {};
  return { id: `window ${id}`, name: text, notice, sinceTs: ts, tone: 'decide', canAct: true };
}
