import { join } from 'node:path';
import { exists, statOf } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { touch } from '#core/base/files/touch.ts';
import { HomeProcess } from '#core/base/homeProcess.ts';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { runnerEnv } from '#core/workers/workerEnv.ts';

/** A look at the claim within this time after another one is left out. */
const LOOK_MS = 1000;

/** The process that carries the words of a home to other machines and back, of which a home has one. */
export const bridgeProcess = (home: string): HomeProcess => new HomeProcess(homePaths(home).bridgeRun);

const usedPath = (home: string): string => join(homePaths(home).bridgeRun, 'used');

const looked = new Map<string, number>();

/**
 * The same for a session: only where that is shared with other machines does it cost more than a look whether a file is there.
 * Called by everything that works with a session, as often as once a second. Never throws.
 */
export function ensureBridgeFor(dir: string, home: string, env: NodeJS.ProcessEnv, node?: string): void {
  const now = Date.now();
  if (Math.abs(now - (looked.get(home) ?? 0)) < LOOK_MS || !exists(sessionPaths(dir).seat)) return;
  looked.set(home, now);
  try {
    ensureBridge(home, env, now, node);
  } catch {
    // a home that cannot be written: words wait in the log
  }
}

/**
 * Starts the bridge of a home unless one runs, and notes that it is needed. Never waits. Does nothing where the settings name no
 * server. Throws the system's error.
 * @param node the Node that runs it: an editor has one of its own
 */
export function ensureBridge(home: string, env: NodeJS.ProcessEnv, now = Date.now(), node = process.execPath): void {
  if (loadSettings(home, undefined)['machines.url'] === '') return;
  noteUse(home, now);
  bridgeProcess(home).start(homePaths(home).bridge, node, runnerEnv(env, home), now);
}

/** Notes that something needs the bridge of a home. Throws the system's error. */
export function noteUse(home: string, now: number): void {
  makeFolder(homePaths(home).bridgeRun);
  touch(usedPath(home), now);
}

/** When a bridge was last needed, epoch ms. */
export const bridgeUsedMs = (home: string): number => statOf(usedPath(home))?.mtimeMs ?? 0;
