import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf, inheritClaim, makeClaim, recordHolder, unrecordedState } from '#core/base/processClaim.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';
import { touch } from '#core/base/files/touch.ts';
import { workerPaths } from '#core/base/paths.ts';
import { isAlive } from '#core/base/processes.ts';
import { hasPid } from '#core/base/psTable.ts';
import { beat, hasFallenSilent, isBeating } from './heartbeat.ts';

/** Claims a worker for this process; succeeds for exactly one process. Throws the system's error. */
export function claimWorker(dir: string, worker: string): boolean {
  if (!makeClaim(workerPaths(dir, worker).claim)) return false;
  record(dir, worker);
  return true;
}

/**
 * Makes this process the runner of a worker whose runner is gone; succeeds for exactly one process. A winner that is
 * killed before it records itself blocks the others only for `CLAIM_GRACE_MS`. Throws the system's error.
 */
export function takeOverClaim(dir: string, worker: string, now: number): boolean {
  const { claim } = workerPaths(dir, worker);
  const previous = holderOf(claim);
  if (previous === undefined || runnerState(dir, worker, now) !== 'gone') return false;
  if (!inheritClaim(claim, previous, now)) return false;
  record(dir, worker);
  return true;
}

function record(dir: string, worker: string): void {
  beat(dir, worker, Date.now());
  recordHolder(workerPaths(dir, worker).claim);
}

/** The pid of the process that runs a worker, or ran it last. */
export const runnerPid = (dir: string, worker: string): number | undefined =>
  holderOf(workerPaths(dir, worker).claim)?.pid;

/**
 * The state of a worker's runner: there was none, it is alive, it is gone, or it cannot be known. Where the system does not
 * show whether its process is the recorded one, its signs of life decide.
 */
export function runnerState(dir: string, worker: string, now: number): 'none' | 'alive' | 'gone' | 'unknown' {
  const { claim } = workerPaths(dir, worker);
  const info = holderOf(claim);
  if (info === undefined) return unrecordedState(claim, now);
  const { pid, startTime, host } = info;
  // without /proc a closer look costs a start of `ps`
  if (process.platform !== 'linux' && isBeating(dir, worker, now) && hasPid(pid)) return 'alive';
  const alive = isAlive(pid, startTime, host);
  if (alive === false) return 'gone';
  if (alive === true && startTime !== undefined) return 'alive';
  const silent = hasFallenSilent(dir, worker, now);
  if (silent === undefined) return alive === true ? 'alive' : 'unknown';
  return silent ? 'gone' : 'alive';
}

/** Called by a runner just before it starts the command, so that a worker whose runner was killed is not reported as never run. */
export const markStarted = (dir: string, worker: string): void =>
  touch(join(workerPaths(dir, worker).claim, 'begun'), Date.now());

/** Whether a worker's command may have been started. */
export const hasStarted = (dir: string, worker: string): boolean =>
  existsSync(join(workerPaths(dir, worker).claim, 'begun'));

/** Called once no process of a worker is left that was aborted as its command was started. */
export const markCleared = (dir: string, worker: string): void =>
  removeFileIfAny(join(workerPaths(dir, worker).claim, 'begun'));

/** The time at which a worker was claimed or taken over last, epoch ms; Infinity where it was not. */
export const claimedMs = (dir: string, worker: string): number =>
  statSync(workerPaths(dir, worker).claim, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
