import { statSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicMs } from '#core/base/clock.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { openToTouch, touch } from '#core/base/files/touch.ts';
import { asRecord, readJson } from '#core/base/json.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { workerPaths } from '#core/base/paths.ts';

/** A runner renews the time of its file this often. */
export const BEAT_MS = 2000;
/** Within this time after a beat a runner need not be looked for among the processes. */
const FRESH_MS = BEAT_MS * 1.5;
/** A file that is older, by the clock, is looked at twice. */
const OLD_MS = 10_000;
/** The time between the two looks, in which a runner that lives beats several times. */
const BETWEEN_LOOKS_MS = 6000;

/** A runner's sign of life: one change of a file's time, which means the same on every system and in every container. */
export const beat = (dir: string, worker: string, now: number): void => touch(beatPath(dir, worker), now);

/** The same for a runner, which does it as long as it runs. */
export const heartOf = (dir: string, worker: string) => openToTouch(beatPath(dir, worker));

/** Whether a runner has given a sign of life just now, by the clock. */
export function isBeating(dir: string, worker: string, now: number): boolean {
  const beatMs = lastBeat(dir, worker);
  return beatMs !== undefined && Math.abs(now - beatMs) < FRESH_MS;
}

/**
 * Whether a runner has stopped to give signs of life; undefined where it never gave one. The age of the last one does not
 * prove it: the clock may have been set, or the machine was suspended and all its processes with it. So a process that
 * finds an old sign writes down which one, and one that finds the very same sign later has missed several. The time between
 * the two looks is measured by a clock that cannot be set and that stands still while the machine sleeps.
 */
export function hasFallenSilent(dir: string, worker: string, now: number): boolean | undefined {
  const beatMs = lastBeat(dir, worker);
  if (beatMs === undefined) return undefined;
  if (Math.abs(now - beatMs) < OLD_MS) return false;
  const missed = asRecord(readJson(missedPath(dir, worker)));
  // that clock begins anew at each boot
  const boot = hostIdentity().split('/').slice(0, 2).join('/');
  const at = monotonicMs();
  if (missed['beat'] === beatMs && missed['boot'] === boot && typeof missed['at'] === 'number' && missed['at'] <= at)
    return at - missed['at'] >= BETWEEN_LOOKS_MS;
  try {
    writeFileAtomic(missedPath(dir, worker), JSON.stringify({ beat: beatMs, boot, at }), { mode: 0o600 });
  } catch {
    // who cannot write does not judge
  }
  return false;
}

const beatPath = (dir: string, worker: string): string => join(workerPaths(dir, worker).claim, 'beat');
const missedPath = (dir: string, worker: string): string => join(workerPaths(dir, worker).claim, 'missed');

const lastBeat = (dir: string, worker: string): number | undefined =>
  statSync(beatPath(dir, worker), { throwIfNoEntry: false })?.mtimeMs;
