import type { SessionState } from '../../protocol/state.ts';
import type { At } from './state.ts';

/** A worker that writes more lines than this within the window floods the log: every reader pays for it. */
export const FLOOD = { lines: 1000, windowMs: 10_000 } as const;

/** A worker that invokes hooks more often than this within the window costs Claude time at its calls. */
export const HOOKS_OFTEN = { calls: 30, windowMs: 60_000 } as const;

/** Counts how often a worker invokes hooks, in the same way. */
export function countInvocation(state: SessionState, id: string, at: At): void {
  const worker = state.workers.get(id);
  if (worker === undefined) return;
  const known = worker.invocations;
  const stale = known === undefined || at.ts - known.sinceTs > HOOKS_OFTEN.windowMs || at.ts < known.sinceTs;
  const current = stale ? { sinceTs: at.ts, count: 0 } : known;
  worker.invocations = current;
  if (++current.count > HOOKS_OFTEN.calls) worker.hooksOften = { ts: at.ts, count: current.count };
}

/** Counts a worker's lines by their own time stamps, so that the same log always tells the same. */
export function countLine(state: SessionState, id: string, at: At): void {
  const worker = state.workers.get(id);
  if (worker === undefined) return;
  const { pace } = worker;
  if (at.ts - pace.sinceTs > FLOOD.windowMs || at.ts < pace.sinceTs) {
    pace.sinceTs = at.ts;
    pace.lines = 0;
  }
  if (++pace.lines > FLOOD.lines) worker.flood = { ts: at.ts, lines: pace.lines };
}
