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

/**
 * Notes the time of an event. The `ts` of a line is its own; for the others the time is that of the hooks, since a worker's
 * clock may be wrong by a day, and a pause of a day may be real.
 */
export function recordTime(state: SessionState, { t, ts }: Event): void {
  if (ts === undefined) return;
  if (ts > state.lastTs) state.lastTs = ts;
  if (!HOOK_LINES.has(t)) return;
  if (ts > state.hookTs) state.hookTs = ts;
  const { untimed } = indexOf(state);
  if (untimed.size === 0) return;
  for (const block of untimed) {
    block.dueTs = state.hookTs + (block.ttlMs ?? 0);
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
}

/** So many hosts write to one session at most; the clocks of further ones are not looked at. */
const MAX_HOSTS = 8;

/**
 * Whether a deadline is over where a clock says that it is `ts`. That clock may be wrong by a day, and while Claude
 * is idle the hooks may be silent for one. So what is known to have passed counts: by the hooks' clock, or between two reports of
 * the same clock; and a minute beyond that.
 */
export function isOver({ hookTs }: SessionState, { dueTs, spanMs, reports }: Deadline, ts: number, host = ''): boolean {
  if (ts < dueTs || hookTs === 0) return ts >= dueTs;
  const reportedTs = reports?.find((report) => report.host === host)?.ts ?? ts;
  const passedMs = Math.max(hookTs - (dueTs - spanMs), ts - reportedTs);
  return passedMs + MAX_SHIFT_MS >= spanMs;
}

/** The reports of a deadline with one that did not count by itself: from it on that clock measures how much time passes. */
export function withReport({ reports = [] }: Deadline, ts: number, host = ''): ExpireReport[] {
  const isKnown = reports.some((report) => report.host === host);
  return isKnown || reports.length >= MAX_HOSTS ? reports : [...reports, { host, ts }];
}

/** Whether a clock has reported a deadline already, so that it need not do so again before `isOver`. */
export const isReported = ({ reports }: Deadline, host: string): boolean =>
  reports?.some((report) => report.host === host) === true;
