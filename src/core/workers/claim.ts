import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import type { RunnerInfo } from '#protocol/fileFormats.ts';
import { runnerInfoSchema } from '#protocol/schemas.ts';
import { makeNewFolder } from '#core/base/files/folder.ts';
import { touch } from '#core/base/files/touch.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { readJson } from '#core/base/json.ts';
import { workerPaths } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { isAlive, startTimeOf } from '#core/base/processes.ts';
import { hasPid } from '#core/base/psTable.ts';
import { beat, hasFallenSilent, isBeating } from './heartbeat.ts';

/** A claim without runner.json that is older than this belongs to a runner that died before it wrote the file. */
const GRACE_MS = 10_000;

/** Claims a worker for this process; succeeds for exactly one process. Throws the system's error. */
export function claimWorker(dir: string, worker: string): boolean {
  const { claim } = workerPaths(dir, worker);
  try {
    makeNewFolder(claim);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  writeInfo(dir, worker);
  return true;
}

/**
 * Makes this process the runner of a worker whose runner is gone; succeeds for exactly one process. A winner that is
 * killed before it writes runner.json blocks the others only for `GRACE_MS`. Throws the system's error.
 */
export function takeOverClaim(dir: string, worker: string, now: number): boolean {
  const { claim } = workerPaths(dir, worker);
  const previous = readInfo(claim);
  if (previous === undefined || runnerState(dir, worker, now) !== 'gone') return false;
  for (let n = 0; ; n++) {
    const takeoverDir = join(claim, `heir-of-${previous.pid}-${previous.startTime ?? 0}-${n}`);
    try {
      makeNewFolder(takeoverDir);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (Math.abs(now - (statSync(takeoverDir, { throwIfNoEntry: false })?.mtimeMs ?? now)) < GRACE_MS) return false;
    }
  }
  // another process may have taken over and written runner.json since
  if (readInfo(claim)?.pid !== previous.pid) return false;
  writeInfo(dir, worker);
  return true;
}

function writeInfo(dir: string, worker: string): void {
  const { claim } = workerPaths(dir, worker);
  beat(dir, worker, Date.now());
  const info: RunnerInfo = { pid: process.pid, host: hostIdentity(), startTime: startTimeOf(process.pid) };
  writeFileAtomic(join(claim, 'runner.json'), JSON.stringify(info), { mode: 0o600 });
}

/** Undefined where there is no claim, or its runner has not written the file yet. */
function readInfo(claim: string): RunnerInfo | undefined {
  const info = readJson(join(claim, 'runner.json'));
  return dropInvalid(runnerInfoSchema, info) === undefined ? undefined : (info as RunnerInfo);
}

/** The pid of the process that runs a worker, or ran it last. */
export const runnerPid = (dir: string, worker: string): number | undefined =>
  readInfo(workerPaths(dir, worker).claim)?.pid;

/**
 * The state of a worker's runner: there was none, it is alive, it is gone, or it cannot be known. Where the system does not
 * show whether its process is the recorded one, its signs of life decide.
 */
export function runnerState(dir: string, worker: string, now: number): 'none' | 'alive' | 'gone' | 'unknown' {
  const { claim } = workerPaths(dir, worker);
  const info = readInfo(claim);
  if (info === undefined) {
    const stats = statSync(claim, { throwIfNoEntry: false });
    if (stats === undefined) return 'none';
    // a time that is yet to come is from before the clock was set back
    return Math.abs(now - stats.mtimeMs) > GRACE_MS ? 'gone' : 'alive';
  }
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

/** The time at which a worker was claimed or taken over last, epoch ms; Infinity where it was not. */
export const claimedMs = (dir: string, worker: string): number =>
  statSync(workerPaths(dir, worker).claim, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
