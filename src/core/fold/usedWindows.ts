import { formatDuration, formatRemaining } from '#protocol/duration.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { limitOf, WINDOWS, type UsedWindow } from './limitConditions.ts';

/** How long the windows are: where no source reports when one begins anew, that is the longest that it may take. */
const WINDOW_MS = { five_hour: 5 * 3_600_000, seven_day: 7 * 24 * 3_600_000 } as const;

/** What a source reports of a window that is used as far as a limit sets, and when it begins anew. */
interface Used {
  pct: number;
  opensTs: number;
  reportedTs: number;
  source: string;
}

/** Undefined where less is used, where nothing is known, and from the time on at which the window begins anew. */
function usedOf(
  { conductor: { usage, limitsReport: report = usage } }: SessionState,
  { window, pct }: UsedWindow,
  now: number,
): Used | undefined {
  const known = usage?.limits?.find(({ kind }) => kind === window);
  if (report === undefined || known === undefined || known.pct < pct) return undefined;
  const opensTs = Math.min(known.resetsTs ?? Infinity, report.ts + WINDOW_MS[window]);
  if (now >= opensTs) return undefined;
  return { pct: known.pct, opensTs, reportedTs: report.ts, source: report.source ?? 'a report' };
}

/** A sentence about a window that is used so far; undefined where calls may be made. */
export function reachedWindow(state: SessionState, limit: UsedWindow, now: number): string | undefined {
  const used = usedOf(state, limit, now);
  if (used === undefined) return undefined;
  const age = formatDuration(Math.max(0, now - used.reportedTs));
  const from = limit.pct === 100 ? '' : `, and calls wait from ${limit.pct} % on`;
  return `${Math.round(used.pct)} % of the limit of ${WINDOWS[limit.window]} are used (from ${used.source}, ${age} ago)${from}. It begins anew in ${formatRemaining(used.opensTs - now)}; calls go on by themselves then.`;
}

/** When the last window that a block waits for begins anew; undefined where none holds calls now. */
export function opensAt(state: SessionState, { until }: Block, now: number): number | undefined {
  const times = until.flatMap(({ text }) => {
    const limit = limitOf(text);
    return limit?.kind === 'reset' ? (usedOf(state, limit, now)?.opensTs ?? []) : [];
  });
  return times.length === 0 ? undefined : Math.max(...times);
}
