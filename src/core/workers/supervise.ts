import { existsSync } from 'node:fs';
import { hasEnded } from '#core/fold/conditions.ts';
import { reportLost } from './lostWorkers.ts';
import { homePaths } from '#core/base/paths.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { startWorkers } from './startWorkers.ts';

export interface SupervisionOptions {
  log: SessionLog;
  home: string;
  maxParallel: number;
  env: NodeJS.ProcessEnv;
  now: number;
  /** Reads what is new in the log; by default `log.refresh`. */
  refresh?: () => void;
}

/**
 * Called by every program that reads the log, since no runner may be left to do it: reports lost workers, starts planned
 * ones that are ready, and starts a runner for those that run without. Does nothing without a plan, or in a log of a
 * newer format. Throws the system's error.
 */
export function superviseWorkers({ log, home, maxParallel, env, now, refresh }: SupervisionOptions): void {
  const { state } = log;
  if (log.readOnly || state.runs.size === 0) return;
  if (![...state.workers.values()].some((w) => w.run !== undefined && !hasEnded(w))) return;
  reportLost(log, now, refresh);
  if (existsSync(homePaths(home).runner)) startWorkers({ dir: log.dir, home, state: log.state, maxParallel, env });
}
