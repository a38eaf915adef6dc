import type { SessionState } from '../../protocol/state.ts';
import type { At } from './state.ts';

/** A worker that writes more lines than this within the window floods the log: every reader pays for it. */
export const FLOOD = { lines: 1000, windowMs: 10_000 } as const;

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
