import { closeSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { exists, statOf } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { removeFileIfAny, removeTree } from '#core/base/files/remove.ts';
import { touch } from '#core/base/files/touch.ts';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { holderOf, makeClaim, recordHolder, unrecordedState } from '#core/base/processClaim.ts';
import { isAlive } from '#core/base/processes.ts';
import { loadSettings } from '#core/base/settings.ts';
import { startDetached } from '#core/base/startDetached.ts';
import { runnerEnv } from '#core/workers/workerEnv.ts';

/** The time that a bridge has to claim its home before another one is started. */
const DISPATCH_TIMEOUT_MS = 3000;
/** A look at the claim within this time after another one is left out. */
const LOOK_MS = 1000;

const paths = (home: string) => {
  const folder = homePaths(home).bridgeRun;
  return { folder, claim: join(folder, 'run'), used: join(folder, 'used'), dispatched: join(folder, 'sent') };
};

const looked = new Map<string, number>();

/**
 * The same for a session: only where that is shared with other machines does it cost more than a look whether a file is there.
 * Called by everything that works with a session, as often as once a second. Never throws.
 */
export function ensureBridgeFor(dir: string, home: string, env: NodeJS.ProcessEnv): void {
  const now = Date.now();
  if (Math.abs(now - (looked.get(home) ?? 0)) < LOOK_MS || !exists(sessionPaths(dir).seat)) return;
  looked.set(home, now);
  try {
    ensureBridge(home, env, now);
  } catch {
    // a home that cannot be written: words wait in the log
  }
}

/**
 * Starts the bridge of a home unless one runs, and notes that it is needed. Never waits. Does nothing where the settings name no
 * server. Throws the system's error.
 */
export function ensureBridge(home: string, env: NodeJS.ProcessEnv, now = Date.now()): void {
  if (loadSettings(home, undefined)['machines.url'] === '') return;
  noteUse(home, now);
  const program = homePaths(home).bridge;
  if (bridgeState(home, now) === 'alive' || statOf(program)?.isFile() !== true || !claimDispatch(home, now)) return;
  startDetached(process.execPath, [program], runnerEnv(env, home));
}

/** Notes that something needs the bridge of a home. Throws the system's error. */
export function noteUse(home: string, now: number): void {
  const { folder, used } = paths(home);
  makeFolder(folder);
  touch(used, now);
}

/** Whether the bridge of a home runs. One that cannot be looked at, in another container, counts as none: two are harmless. */
export function bridgeState(home: string, now: number): 'alive' | 'none' {
  const { claim } = paths(home);
  const info = holderOf(claim);
  if (info === undefined) return unrecordedState(claim, now) === 'alive' ? 'alive' : 'none';
  return isAlive(info.pid, info.startTime, info.host) === true ? 'alive' : 'none';
}

/** Of several processes that would start a bridge one does. This only saves processes, as the claim decides. */
function claimDispatch(home: string, now: number): boolean {
  const { dispatched } = paths(home);
  try {
    closeSync(openFile(dispatched, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL).fd);
    return true;
  } catch {
    const dispatchedMs = statSync(dispatched, { throwIfNoEntry: false })?.mtimeMs;
    if (dispatchedMs !== undefined && Math.abs(now - dispatchedMs) < DISPATCH_TIMEOUT_MS) return false;
    touch(dispatched, now);
    return true;
  }
}

/**
 * Makes this process the bridge of a home; false where another one is. The claim only saves processes: two bridges carry the
 * same bytes to the same places. Throws the system's error.
 */
export function claimBridge(home: string, now: number): boolean {
  const { folder, claim, dispatched } = paths(home);
  makeFolder(folder);
  if (!makeClaim(claim)) {
    if (bridgeState(home, now) === 'alive') return false;
    // of a bridge that was killed
    removeTree(claim);
    if (!makeClaim(claim)) return false;
  }
  recordHolder(claim);
  removeFileIfAny(dispatched);
  return true;
}

/** Whether this process still is the bridge of a home. */
export const holdsBridge = (home: string): boolean => holderOf(paths(home).claim)?.pid === process.pid;

/** Gives the claim up, so that another bridge may start at once. */
export function releaseBridge(home: string): void {
  if (holdsBridge(home)) removeTree(paths(home).claim);
}

/** When a bridge was last needed, epoch ms. */
export const bridgeUsedMs = (home: string): number =>
  statSync(paths(home).used, { throwIfNoEntry: false })?.mtimeMs ?? 0;
