import { l10n } from 'vscode';
import { isDecided } from '#core/projection/decisions.ts';
import type { BoardRow, BoardView } from '#protocol/board.ts';
import type { Settings } from '#protocol/settings.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { describeDecision, describeQuiet, describeTurnEnd, workerEndings } from './newsTexts.ts';

/** The kinds of news: each has a setting `notify.<kind>`. */
export type NewsKind = 'permission' | 'block' | 'escalation' | 'turn' | 'decision' | 'done';

/** A message that the person gets once. */
export interface News {
  /** Unique over all sessions, and the same in all windows. */
  key: string;
  how: 'statusBar' | 'notification';
  kind: NewsKind;
  text: string;
  session?: string;
  /** What the person decides: the message stands until that is no longer needed. */
  row?: BoardRow;
}

export type NewsSettings = Pick<Settings, `notify.${NewsKind}` | 'notify.blockAfterSeconds'>;

/** A turn that took no longer is no news: the person is there. */
const LONG_TURN_MS = 30_000;

/** Which news have been given. A window gives none of what was before `sinceMs`, when it opened. */
export interface NewsMemory {
  sinceMs: number;
  given: Set<string>;
  /** When the turn of each session began that is at work. */
  turns: Map<string, number>;
}

export interface NewsSources {
  views: readonly ViewModel[];
  board: BoardView;
  now: number;
  settings: NewsSettings;
  /** Whether the person looks at a session now. */
  looksAt: (session: string) => boolean;
}

export interface NewsUpdate {
  /** What is due for the first time. */
  news: News[];
  /** Every decision that is needed now, also one that was given long ago, as it would be given now. */
  standing: ReadonlyMap<string, News>;
  /** When the next becomes due, epoch ms. */
  nextTs: number | undefined;
}

type Candidate = Omit<News, 'how'> & { ts: number };

/**
 * The news that are due. A decision is given at once, a held call after `notify.blockAfterSeconds`; the end of a turn only
 * where it was long and the person did not look. Pure, but for what it records in `memory`.
 */
export function dueNews(sources: NewsSources, memory: NewsMemory): NewsUpdate {
  const { views, board, now, settings } = sources;
  const live = views.filter(({ session }) => session.live);
  const decisions = board.groups.needsYou.map((row) => decisionNews(row, settings['notify.blockAfterSeconds']));
  const candidates = [...decisions, ...turnNews(sources, memory), ...live.flatMap((view) => otherNews(view, memory))];
  const news = candidates.flatMap(({ ts, ...item }): News[] => {
    const how = settings[`notify.${item.kind}`];
    if (how === 'off' || ts > now || ts < memory.sinceMs || memory.given.has(item.key)) return [];
    memory.given.add(item.key);
    return [{ ...item, how }];
  });
  const coming = decisions.map(({ ts }) => ts).filter((ts) => ts > now);
  const standing = decisions.map((item): [string, News] => [item.key, { ...item, how: 'notification' }]);
  return { news, standing: new Map(standing), nextTs: coming.length === 0 ? undefined : Math.min(...coming) };
}

function decisionNews(row: BoardRow, blockAfterSeconds: number): Candidate {
  const { ask, call, notice, session, sinceTs = 0 } = row;
  const text = describeDecision(row);
  // a refused call is the one that was held
  if (call !== undefined) {
    const key = `${session ?? ''} call ${call.call ?? call.id.replace(/^\w+ /, '')}`;
    const isNow = call.state === 'pending' || call.reasons.some(({ stuck }) => stuck !== undefined);
    return { key, kind: 'block', text, session, row, ts: isNow ? sinceTs : sinceTs + blockAfterSeconds * 1000 };
  }
  const key = notice?.cause ?? row.id;
  const isAsked = ask !== undefined || notice === undefined || notice.kind === 'plan';
  return { key, kind: isAsked ? 'permission' : 'escalation', text, session, row, ts: sinceTs };
}

/** Turns that have ended unseen, and sessions at work that have given no sign of life for long. */
function turnNews({ views, board, now, looksAt }: NewsSources, { turns }: NewsMemory): Candidate[] {
  const { yourTurn, working } = board.groups;
  const ended = yourTurn.flatMap((row): Candidate[] => {
    const { session = '', sinceTs = 0 } = row;
    const isLong = sinceTs - (turns.get(session) ?? Infinity) > LONG_TURN_MS;
    const item = { key: `${session} turn ${sinceTs}`, kind: 'turn' as const, session, ts: sinceTs };
    return isLong && !looksAt(session) ? [{ ...item, text: describeTurnEnd(row) }] : [];
  });
  const quiet = working.flatMap((row): Candidate[] => {
    const { session = '', quietSinceTs } = row;
    if (quietSinceTs === undefined || looksAt(session)) return [];
    const text = describeQuiet(row, now - quietSinceTs);
    return [{ key: `${session} quiet ${quietSinceTs}`, kind: 'turn', session, ts: now, text }];
  });
  // after the ends have been found
  for (const { session } of views) {
    const { id, conductor, live } = session;
    const isOpen = live && (conductor.state === 'working' || conductor.state === 'waiting');
    if (!isOpen) turns.delete(id);
    else if (!turns.has(id)) turns.set(id, conductor.sinceTs ?? now);
  }
  return [...ended, ...quiet];
}

/** What needs no decision: warnings, decided votes, workers that have ended. */
function otherNews(view: ViewModel, { sinceMs }: NewsMemory): Candidate[] {
  const { session, notices, ballots, generatedTs } = view;
  const notes = notices.filter(({ kind }) => !isDecided(kind) && kind !== 'log');
  const own = (key: string): { key: string; session: string } => ({ key: `${session.id} ${key}`, session: session.id });
  return [
    ...notes.map(({ id, cause, text, worker, ts = generatedTs }): Candidate => {
      const named = view.workers.find((each) => each.id === worker)?.name ?? worker;
      const whole = named === undefined ? text : `${named}: ${text}`;
      return {
        ...own(`notice ${id}`),
        ...(cause === undefined ? {} : { key: cause }),
        kind: 'escalation',
        text: whole,
        ts,
      };
    }),
    ...ballots.flatMap(({ name, decided }): Candidate[] => {
      if (decided === undefined) return [];
      const text = l10n.t('{0} is decided: {1}', name, decided.decision);
      return [{ ...own(`ballot ${name} ${decided.ts}`), kind: 'decision', text, ts: decided.ts }];
    }),
    ...workerEndings(view, sinceMs).map(({ key, text }): Candidate => ({
      ...own(key),
      kind: 'done',
      text,
      ts: sinceMs,
    })),
  ];
}
