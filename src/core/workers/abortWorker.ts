import { publish } from '#core/session/publish.ts';
import { runnerState } from './claim.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/kinds.ts';
import { killWorker } from './killWorker.ts';
import { placementOf } from './placement.ts';
import { membersOf } from './workerProcesses.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';

export type AbortOutcome =
  /** It had ended already, or is unknown. */
  | { kind: 'notRunning' }
  /** Its runner, here or on another machine, or the hook at its next call ends it and will publish its `exit`. */
  | { kind: 'asked' }
  /** It has ended. */
  | { kind: 'ended' }
  /** These processes could not be ended; empty where none can be proven to be the worker's. */
  | { kind: 'remaining'; pids: number[] };

export interface AbortRequest {
  log: SessionLog;
  worker: string;
  /** A worker, `conductor` or `user`. */
  by: string;
  /** Why, for the person and for a subagent's parent. */
  word?: string | undefined;
  graceMs: number;
  now: () => number;
}

/**
 * Aborts a worker: publishes `abort`, upon which its runner ends it. Where no runner is alive, this function does: it
 * ends processes only if pid and start time prove that they are the worker's, and publishes `exit` once none is left.
 * Afterwards other workers may be ready to start (`startWorkers`).
 */
export async function abortWorker({ log, worker, by, word, graceMs, now }: AbortRequest): Promise<AbortOutcome> {
  log.refresh();
  const known = log.state.workers.get(worker);
  if (known === undefined || hasEnded(known)) return { kind: 'notRunning' };
  publish(log.dir, now(), { t: 'abort', worker, by, word });
  log.refresh();
  // its own machine ends it
  if (!placementOf(log.dir).isHere(known)) return { kind: 'asked' };
  // the hook at its next call ends it
  if (isSubagent(known)) return { kind: 'asked' };
  const runner = runnerState(log.dir, worker, now());
  if (runner === 'alive') return { kind: 'asked' };
  const target = { dir: log.dir, worker, pid: known.pid, startTime: known.startTime, host: known.host };
  const isThere = membersOf(target).length > 0;
  // one that the log knows no process of may have one: its runner was killed before it could record it
  if (hasEnded(known) && !isThere) return { kind: 'ended' };
  const provable = known.startTime !== undefined || isThere;
  if (runner === 'unknown' || !provable) return { kind: 'remaining', pids: [] };
  const pids = await killWorker(target, graceMs);
  if (pids.length > 0) {
    publish(log.dir, now(), { t: 'log', level: 'error', worker, message: remainingText(worker, pids) });
    return { kind: 'remaining', pids };
  }
  publish(log.dir, now(), { t: 'exit', worker, code: null, reason: `aborted by ${by}` });
  return { kind: 'ended' };
}

/**
 * Ends the processes that an aborted worker has left. An abort may be written after the worker's command has ended and before the
 * runner could append that to the log, which on a full disk takes long. No other code ends those processes.
 */
export async function endAborted(log: SessionLog, worker: string, graceMs: number): Promise<void> {
  const { state, pid, startTime, host } = log.state.workers.get(worker) ?? {};
  if (state === 'aborted') await killWorker({ dir: log.dir, worker, pid, startTime, host }, graceMs);
}

/** The message for the log about processes of a worker that remain. */
export const remainingText = (worker: string, pids: number[]): string =>
  `${worker} could not be ended: ${pids.length === 1 ? 'process' : 'processes'} ${pids.join(', ')} remain`;
