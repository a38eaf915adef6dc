import { statSync } from 'node:fs';
import { join } from 'node:path';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import type { RunnerInfo } from '#protocol/fileFormats.ts';
import { runnerInfoSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from './files/atomicFile.ts';
import { makeNewFolder } from './files/folder.ts';
import { readJson } from './json.ts';
import { hostIdentity } from './machine.ts';
import { startTimeOf } from './processes.ts';

// A claim is a folder that exactly one process can make, with the record of that process in it.

/** A claim without a record that is older than this belongs to a process that died before it wrote one. */
const CLAIM_GRACE_MS = 10_000;

const recordPath = (claim: string): string => join(claim, 'runner.json');

/** Makes a claim's folder; false where there is one. Throws the system's error. */
export function makeClaim(claim: string): boolean {
  try {
    makeNewFolder(claim);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Records this process as the one that has a claim. */
export function recordHolder(claim: string): void {
  const info: RunnerInfo = { pid: process.pid, host: hostIdentity(), startTime: startTimeOf(process.pid) };
  writeFileAtomic(recordPath(claim), JSON.stringify(info), { mode: 0o600 });
}

/** The process that has a claim, or had it last; undefined where there is none, or where it has not recorded itself yet. */
export function holderOf(claim: string): RunnerInfo | undefined {
  const info = readJson(recordPath(claim));
  return dropInvalid(runnerInfoSchema, info) === undefined ? undefined : (info as RunnerInfo);
}

/** The state of a claim that has no record: there is none, its process may be about to record itself, or it died before. */
export function unrecordedState(claim: string, now: number): 'none' | 'alive' | 'gone' {
  const stats = statSync(claim, { throwIfNoEntry: false });
  if (stats === undefined) return 'none';
  // a time that is yet to come is from before the clock was set back
  return Math.abs(now - stats.mtimeMs) > CLAIM_GRACE_MS ? 'gone' : 'alive';
}

/**
 * Whether this process is the one that inherits a claim from a process that is gone; exactly one is. One that is killed before it
 * records itself blocks the others only for `CLAIM_GRACE_MS`. Throws the system's error.
 */
export function inheritClaim(claim: string, previous: RunnerInfo, now: number): boolean {
  for (let n = 0; ; n++) {
    const takeoverDir = join(claim, `heir-of-${previous.pid}-${previous.startTime ?? 0}-${n}`);
    if (makeClaim(takeoverDir)) break;
    if (Math.abs(now - (statSync(takeoverDir, { throwIfNoEntry: false })?.mtimeMs ?? now)) < CLAIM_GRACE_MS)
      return false;
  }
  // another process may have taken over and recorded itself since
  return holderOf(claim)?.pid === previous.pid;
}
