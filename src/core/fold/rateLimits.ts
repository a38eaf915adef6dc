import type { SessionState } from '#protocol/state.ts';
import type { EventPosition } from './state.ts';

/** A worker that writes more lines than this within the window floods the log: every reader pays for it. */
export const LINE_RATE_LIMIT = { lines: 1000, windowMs: 10_000 } as const;

/** A worker that invokes hooks more often than this within the window costs Claude time at its calls. */
export const HOOK_RATE_LIMIT = { calls: 30, windowMs: 60_000 } as const;

/** Counts how often a worker invokes hooks, in the same way. */
export function countInvocation(state: SessionState, id: string, at: EventPosition): void {
  const worker = state.workers.get(id);
  if (worker === undefined) return;
  const known = worker.invocations;
  const stale = known === undefined || at.ts - known.sinceTs > HOOK_RATE_LIMIT.windowMs || at.ts < known.sinceTs;
  const current = stale ? { sinceTs: at.ts, count: 0 } : known;
  worker.invocations = current;
  if (++current.count > HOOK_RATE_LIMIT.calls) worker.hookRateExceeded = { ts: at.ts, count: current.count };
}

/** Counts a worker's lines by their own time stamps, so that the same log always tells the same. */
export function countLine(state: SessionState, id: string, at: EventPosition): void {
  const worker = state.workers.get(id);
  if (worker === undefined) return;
  const { lineRate } = worker;
  if (at.ts - lineRate.sinceTs > LINE_RATE_LIMIT.windowMs || at.ts < lineRate.sinceTs) {
    lineRate.sinceTs = at.ts;
    lineRate.lines = 0;
  }
  if (++lineRate.lines > LINE_RATE_LIMIT.lines) worker.flood = { ts: at.ts, lines: lineRate.lines };
}
