import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptor } from '../protocol/acceptor.ts';
import type { RunnerInfo } from '../protocol/ownFiles.ts';
import { plainRunnerInfo } from '../protocol/schemas.ts';
import { workerPaths } from './paths.ts';
import { hostIdentity, isAlive, startTimeOf } from './processes.ts';

const isRunnerInfo = acceptor(plainRunnerInfo);

/** A claim without runner.json is one whose runner died in between, once it is older than this. */
const YOUNG_MS = 10_000;

/** Claims a worker for this process: true for exactly one of all that try. Throws the system's error. */
export function claimWorker(dir: string, worker: string): boolean {
  const { claim } = workerPaths(dir, worker);
  try {
    mkdirSync(claim, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  const startTime = startTimeOf(process.pid);
  const info = { pid: process.pid, host: hostIdentity(), ...(startTime === undefined ? {} : { startTime }) };
  writeFileSync(join(claim, 'runner.json'), JSON.stringify(info), { mode: 0o600 });
  return true;
}

/** How it stands with a worker's runner: none ever was, it is there, it is gone, or it cannot be known from here. */
export function runnerState(dir: string, worker: string, now: number): 'none' | 'alive' | 'gone' | 'unknown' {
  const { claim } = workerPaths(dir, worker);
  try {
    const info: unknown = JSON.parse(readFileSync(join(claim, 'runner.json'), 'utf8'));
    if (isRunnerInfo(info)) {
      const { pid, startTime, host } = info as RunnerInfo;
      const alive = isAlive(pid, startTime, host);
      return alive === undefined ? 'unknown' : alive ? 'alive' : 'gone';
    }
  } catch {
    // no claim, or one that is just being written
  }
  const made = statSync(claim, { throwIfNoEntry: false });
  if (made === undefined) return 'none';
  return now - made.mtimeMs > YOUNG_MS ? 'gone' : 'alive';
}
