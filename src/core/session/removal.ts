import { lstatSync, readdirSync, readlinkSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import type { SessionInfo } from '#protocol/fileFormats.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { nonce } from '#core/base/nonce.ts';
import { SessionLog } from './sessionLog.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { isAlive } from '#core/base/processes.ts';
import { isSessionLive, type SessionEntry } from './info.ts';

/** A session that works in another one's folder: a link to it. */
export interface SessionLink {
  path: string;
  target: string;
  createdMs: number;
}

/** All links in a folder of sessions. */
export function linksIn(root: string): SessionLink[] {
  return namesIn(root).flatMap((name): SessionLink[] => {
    const path = join(root, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true) return [];
    return [{ path, target: basename(readlinkSync(path)), createdMs: stats.mtimeMs }];
  });
}

export function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

/** Who may still be there of a session, in words; undefined if nobody is. Throws the system's error where its log cannot be read. */
export function inUseBy(entry: SessionEntry): string | undefined {
  if (mayBeRunning(entry.info)) return 'its Claude is there, or on another machine';
  const log = new SessionLog(entry.dir);
  log.refresh();
  const running = [...log.state.workers.values()].find(
    (w) => !hasEnded(w) && w.pid !== undefined && processMayBeRunning(w.pid, w.startTime, w.host),
  );
  return running === undefined ? undefined : `its worker ${running.id} is there, or on another machine`;
}

export const mayBeRunning = (info: SessionInfo | undefined): boolean =>
  info?.pid !== undefined && isSessionLive(info) !== false && processMayBeRunning(info.pid, info.startTime, info.host);

/** Another boot of this machine is over; of another machine, or of a container's processes, nothing can be known. */
function processMayBeRunning(pid: number, startTime: string | undefined, host: string | undefined): boolean {
  const running = isAlive(pid, startTime, host);
  return running ?? (host === undefined || host.split('/')[0] !== hostname());
}

/**
 * Takes a session out of sight in one step, so that nobody ever meets a part of it, and then away, unless its log has
 * grown meanwhile. Returns whether it is gone. Throws the system's error.
 */
export async function removeSession(
  root: string,
  { id, dir, touchedMs }: SessionEntry,
  links: readonly SessionLink[],
): Promise<boolean> {
  const hiddenDir = join(root, `.pruned-${nonce()}`);
  renameSync(dir, hiddenDir);
  if ((statSync(sessionPaths(hiddenDir).log, { throwIfNoEntry: false })?.mtimeMs ?? 0) > touchedMs) {
    renameSync(hiddenDir, join(root, id));
    return false;
  }
  for (const { path } of links) unlinkSync(path);
  await rm(hiddenDir, { recursive: true, force: true, maxRetries: 3 });
  return true;
}
