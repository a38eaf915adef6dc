import type { SessionState } from '#protocol/state.ts';
import type { EventPosition } from './state.ts';

/** More lines of one worker within the window flood the log, which every reader pays for. */
export const LINE_RATE_LIMIT = { lines: 1000, windowMs: 10_000 } as const;

/** More hooks of one worker within the window cost Claude time at its calls. */
export const HOOK_RATE_LIMIT = { calls: 30, windowMs: 60_000 } as const;

/** Whether `ts` is outside a window. Only the times of events count, so that a log always folds to the same state. */
const isOver = (window: { sinceTs: number }, ts: number, windowMs: number): boolean =>
  ts - window.sinceTs > windowMs || ts < window.sinceTs;

/** Counts a hook that a worker invokes. */
export function countInvocation(state: SessionState, id: string, { ts }: EventPosition): void {
  const worker = state.workers.get(id);
  if (worker === undefined) return;
  const known = worker.invocations;
  const window = known === undefined || isOver(known, ts, HOOK_RATE_LIMIT.windowMs) ? { sinceTs: ts, count: 0 } : known;
  worker.invocations = window;
  if (++window.count > HOOK_RATE_LIMIT.calls) worker.hookRateExceeded = { ts, count: window.count };
}

/** Counts a line that a worker writes. */
export function countLine(state: SessionState, id: string, { ts }: EventPosition): void {
  const worker = state.workers.get(id);
  if (worker === undefined) return;
  if (isOver(worker.lineRate, ts, LINE_RATE_LIMIT.windowMs)) worker.lineRate = { sinceTs: ts, lines: 0 };
  if (++worker.lineRate.lines > LINE_RATE_LIMIT.lines) worker.flood = { ts, lines: worker.lineRate.lines };
}
