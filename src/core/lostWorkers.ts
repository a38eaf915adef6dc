import type { SessionState, Worker } from '../protocol/state.ts';
import { runnerState } from './claim.ts';
import { hasEnded } from './fold/conditions.ts';
import { isAlive } from './processes.ts';
import { say } from './say.ts';
import type { SessionLog } from './sessionLog.ts';

/**
 * Says `exit` with `lost` for workers whose process is gone while no runner is there to tell how, and for claimed
 * ones that were never started. Only what is certain from here counts: pid, start time and host must be known. The
 * log is read again (by `refresh`) before anything is said; of a log of a newer format nothing is. Returns the workers
 * that were reported.
 */
export function reportLost(log: SessionLog, now: number, refresh: () => void = () => void log.refresh()): string[] {
  const suspects = log.readOnly ? [] : lost(log.dir, log.state, now);
  if (suspects.length === 0) return [];
  refresh();
  const gone = suspects.filter((id) => lost(log.dir, log.state, now).includes(id));
  for (const worker of gone) {
    const started = log.state.workers.get(worker)?.pid !== undefined;
    const reason = started
      ? 'its process is gone and nobody saw how it ended'
      : 'its runner ended before it was started';
    say(log.dir, now, { t: 'exit', worker, lost: true, reason });
  }
  if (gone.length > 0) refresh();
  return gone;
}

function lost(dir: string, state: SessionState, now: number): string[] {
  return [...state.workers.values()].filter((w) => isLost(dir, w, now)).map((w) => w.id);
}

function isLost(dir: string, worker: Worker, now: number): boolean {
  if (hasEnded(worker)) return false;
  const { pid, startTime, host } = worker;
  if (pid !== undefined) {
    if (startTime === undefined || host === undefined || isAlive(pid, startTime, host) !== false) return false;
    return ['none', 'gone'].includes(runnerState(dir, worker.id, now));
  }
  return worker.run !== undefined && worker.state === 'planned' && runnerState(dir, worker.id, now) === 'gone';
}
