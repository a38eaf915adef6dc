import type { Event } from '#protocol/event.ts';
import type { ExpireReport, SessionState } from '#protocol/state.ts';
import { indexOf } from './foldIndex.ts';

/** How far the `ts` of a line may move the time of others, in milliseconds. */
export const MAX_SHIFT_MS = 60_000;

/** What only hooks write: they run where Claude does, and their clock is that of the session. */
const HOOK_LINES: ReadonlySet<Event['t']> = new Set([
  'session',
  'turn',
  'prompt',
  'end',
  'denied',
  'held',
  'tool',
  'ask',
  'answer',
]);

/** Whether only hooks write lines of a type. */
export const isOfHook = (t: Event['t']): boolean => HOOK_LINES.has(t);

/**
 * Notes the time of an event. The `ts` of a line is its own; for the others the time is that of the hooks, since a worker's
 * clock may be wrong by a day, and a pause of a day may be real.
 */
export function recordTime(state: SessionState, { t, ts }: Event): void {
  if (ts === undefined) return;
  if (ts > state.lastTs) state.lastTs = ts;
  if (!isOfHook(t)) return;
  if (ts > state.hookTs) state.hookTs = ts;
  // rare: the hook loads its code when it is first called
  if (indexOf(state).untimed.size > 0) timeBlocks(state);
}

/** From a line of a hook on the time of blocks counts whose own line had none. */
export function timeBlocks(state: SessionState): void {
  const { untimed } = indexOf(state);
  for (const block of untimed) {
    block.spanMs = block.ttlMs ?? 0;
    block.dueTs = state.hookTs + block.spanMs;
    delete block.ttlMs;
  }
  untimed.clear();
}

/** The time at which a line without `ts` happens: the latest one noted, but not long after the hooks. */
export const timeOf = ({ lastTs, hookTs }: SessionState): number =>
  hookTs === 0 ? lastTs : Math.min(lastTs, hookTs + MAX_SHIFT_MS);

/** A lease, or a ballot that waits for votes: when it is over, after how long, and which clocks have reported that. */
export interface Deadline {
  dueTs: number;
  spanMs: number;
  reports?: ExpireReport[] | undefined;
  /** The machine by whose clock it began, where that is known. */
  host?: string | undefined;
}

/** So many hosts write to one session at most; the clocks of further ones are not looked at. */
const MAX_HOSTS = 8;

/**
 * Whether a deadline is over where a clock says that it is `ts`. That clock may be wrong by a day, or have been set, and
 * while Claude is idle the hooks may be silent for a day. So what is known to have passed counts: by the hooks' clock, or between
 * two reports of the same clock; and a minute beyond that, unless the clock was set back.
 */
export function isOver({ hookTs }: SessionState, end: Deadline, ts: number, host = ''): boolean {
  const { dueTs, spanMs } = end;
  const report = reportOf(end, ts, host);
  const measuredMs = report === undefined ? 0 : ts - report.ts;
  if (isBefore(end, ts)) return report !== undefined && measuredMs >= spanMs;
  if (ts < dueTs || hookTs === 0) return ts >= dueTs;
  return Math.max(hookTs - (dueTs - spanMs), measuredMs) + MAX_SHIFT_MS >= spanMs;
}

/** Whether by a clock at `ts` a deadline has not even begun: then that clock, or the one by which it began, was set. */
const isBefore = ({ dueTs, spanMs }: Deadline, ts: number): boolean => ts + MAX_SHIFT_MS < dueTs - spanMs;

/** The report of a clock from which on it has measured what passed: it was not set back since, nor put right again. */
const reportOf = (end: Deadline, ts: number, host: string): ExpireReport | undefined =>
  end.reports?.find(
    (report) => report.host === host && report.ts <= ts && isBefore(end, report.ts) === isBefore(end, ts),
  );

/** Whether a clock at `ts` can have anything to do with the end of a deadline: it is past it, or before its beginning. */
export const mayBeOver = (end: Deadline, ts: number): boolean => ts >= end.dueTs || isBefore(end, ts);

/**
 * Whether a clock has something to report of a deadline at `ts`: its time is over, or it has not even begun. A clock that was
 * set back would let it last as much longer; that of another machine is just another one.
 */
export const isDoubtful = (end: Deadline, ts: number, own: string): boolean =>
  ts >= end.dueTs || (isBefore(end, ts) && (end.host ?? own) === own);

/** The reports of a deadline with one that did not count by itself: from it on that clock measures how much time passes. */
export function withReport(end: Deadline, ts: number, host = ''): ExpireReport[] {
  const { reports = [] } = end;
  if (!isDoubtful(end, ts, host) || isReported(end, ts, host)) return reports;
  const others = reports.filter((report) => report.host !== host);
  return others.length >= MAX_HOSTS ? reports : [...others, { host, ts }];
}

/** Whether a clock has reported a deadline already, so that it need not do so again before `isOver`. */
export const isReported = (end: Deadline, ts: number, host: string): boolean => reportOf(end, ts, host) !== undefined;
