import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { RunnerInfo } from '#protocol/fileFormats.ts';
import { runnerInfoSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from '#core/base/atomicFile.ts';
import { workerPaths } from '#core/base/paths.ts';
import { hostIdentity, isAlive, startTimeOf } from '#core/base/processes.ts';

const isRunnerInfo = compileValidator(runnerInfoSchema);

/** A claim without runner.json is one whose runner died in between, once it is older than this. */
const GRACE_MS = 10_000;

/** Claims a worker for this process: true for exactly one of all that try. Throws the system's error. */
export function claimWorker(dir: string, worker: string): boolean {
  const { claim } = workerPaths(dir, worker);
  try {
    mkdirSync(claim, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  writeInfo(claim);
  return true;
}

/**
 * Makes this process the runner of a worker whose runner is gone: true for exactly one of all that try. One that wins
 * and is killed before it has said so stands in the way only for a moment. Throws the system's error.
 */
export function takeOverClaim(dir: string, worker: string, now: number): boolean {
  const { claim } = workerPaths(dir, worker);
  const previous = readInfo(claim);
  if (previous === undefined || isAlive(previous.pid, previous.startTime, previous.host) !== false) return false;
  for (let n = 0; ; n++) {
    const takeoverDir = join(claim, `heir-of-${previous.pid}-${previous.startTime ?? 0}-${n}`);
    try {
      mkdirSync(takeoverDir, { mode: 0o700 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (now - (statSync(takeoverDir, { throwIfNoEntry: false })?.mtimeMs ?? now) < GRACE_MS) return false;
    }
  }
  // somebody else may have inherited and said so while this one was looking
  if (readInfo(claim)?.pid !== previous.pid) return false;
  writeInfo(claim);
  return true;
}

function writeInfo(claim: string): void {
  const startTime = startTimeOf(process.pid);
  const info = { pid: process.pid, host: hostIdentity(), ...(startTime === undefined ? {} : { startTime }) };
  writeFileAtomic(join(claim, 'runner.json'), JSON.stringify(info), { mode: 0o600 });
}

function readInfo(claim: string): RunnerInfo | undefined {
  try {
    const info: unknown = JSON.parse(readFileSync(join(claim, 'runner.json'), 'utf8'));
    return isRunnerInfo(info) ? (info as RunnerInfo) : undefined;
  } catch {
    // no claim, or one that is just being written
    return undefined;
  }
}

/** How it stands with a worker's runner: none ever was, it is there, it is gone, or it cannot be known from here. */
export function runnerState(dir: string, worker: string, now: number): 'none' | 'alive' | 'gone' | 'unknown' {
  const { claim } = workerPaths(dir, worker);
  const info = readInfo(claim);
  if (info !== undefined) {
    const alive = isAlive(info.pid, info.startTime, info.host);
    return alive === undefined ? 'unknown' : alive ? 'alive' : 'gone';
  }
  const stats = statSync(claim, { throwIfNoEntry: false });
  if (stats === undefined) return 'none';
  return now - stats.mtimeMs > GRACE_MS ? 'gone' : 'alive';
}

/** Said by a runner just before it starts the command: should it be killed at once, nobody says of the worker that it never ran. */
export const markStarted = (dir: string, worker: string): void =>
  writeFileSync(join(workerPaths(dir, worker).claim, 'begun'), '', { mode: 0o600 });

/** Whether a worker's command may have been started. */
export const hasStarted = (dir: string, worker: string): boolean =>
  existsSync(join(workerPaths(dir, worker).claim, 'begun'));

/** When a worker was last claimed or inherited, epoch ms; now and later where it is not. */
export const claimedMs = (dir: string, worker: string): number =>
  statSync(workerPaths(dir, worker).claim, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
