/** What the status line was handed, for the log: at a call where a limit stands, and once a minute. In programs.cjs. */
import { basename } from 'node:path';
import { sessionPaths } from '#core/base/paths.ts';
import { readStatusLine, type StatusLineFigures } from '#core/claude/statusLine.ts';
import { limitOf, type LimitCondition } from '#core/fold/limitConditions.ts';
import type { NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { parseSum } from '#protocol/budgetSum.ts';
import type { Block, SessionState } from '#protocol/state.ts';

/** What these figures are from, in words that follow "from". */
const STATUS_LINE = 'the status line';
/** Where no limit depends on them, figures are written at most this often. */
const PACE_MS = 60_000;
/** Older ones are not what is so now. */
const MAX_AGE_MS = 600_000;
/** The part of the smallest budget that is worth a line. */
const STEP = 0.01;

/** The event for what was handed over since; none where nothing has changed, or nothing that matters yet. */
export function statusLineEvents(dir: string, state: SessionState, now: number): NewEvent[] {
  const found = readStatusLine(sessionPaths(dir).statusLine, basename(dir));
  if (found === undefined || now - found.ts > MAX_AGE_MS || !isNews(state, found, now)) return [];
  const { ts: _, ...figures } = found;
  return [{ t: 'usage', ...figures, source: STATUS_LINE }];
}

/** Writes it into the log of a session. Throws the system's error. */
export function publishStatusLine(log: SessionLog, now: number): void {
  const events = statusLineEvents(log.dir, log.state, now);
  if (events.length === 0) return;
  publish(log.dir, now, ...events);
  log.refresh();
}

function isNews({ conductor, blocks }: SessionState, found: StatusLineFigures, now: number): boolean {
  const { usage, cost } = conductor;
  if (usage === undefined) return true;
  if (found.ts <= usage.ts || isSame(usage, found)) return false;
  if (now - usage.ts >= PACE_MS) return true;
  const standing = [...blocks.values()].filter(({ ended }) => ended === undefined);
  const limits = standing.flatMap(({ until }) => until.flatMap(({ text }) => limitOf(text) ?? []));
  return isCostNews(cost?.usd ?? 0, found.costUsd, standing.flatMap(dollarsOf)) || limits.some(isCrossed);

  function isCrossed(limit: LimitCondition): boolean {
    if (limit.kind !== 'reset') return false;
    const [before, after] = [usage, found].map((each) => each?.limits?.find(({ kind }) => kind === limit.window));
    return (before?.pct ?? 0) < limit.pct !== (after?.pct ?? 0) < limit.pct || before?.resetsTs !== after?.resetsTs;
  }
}

const isSame = (
  known: StatusLineFigures,
  { costUsd, contextTokens, contextWindow, limits }: StatusLineFigures,
): boolean =>
  known.costUsd === costUsd &&
  known.contextTokens === contextTokens &&
  known.contextWindow === contextWindow &&
  JSON.stringify(known.limits) === JSON.stringify(limits);

const isCostNews = (known: number, now = known, sums: readonly number[] = []): boolean =>
  sums.some((sum) => known < sum !== now < sum || Math.abs(now - known) >= STEP * sum);

/** The sums of a block in dollars, with those that the person has allowed since. */
const dollarsOf = ({ until, raised = [] }: Block): number[] => {
  const own = until.flatMap(({ text }) => {
    const limit = limitOf(text);
    return limit?.kind === 'budget' ? [limit.sum] : [];
  });
  const sums = [...own, ...raised.flatMap(({ sum }) => parseSum(sum) ?? [])];
  return sums.flatMap(({ unit, amount }) => (unit === 'usd' ? [amount] : []));
};
