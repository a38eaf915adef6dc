import { lstatSync, readdirSync, readlinkSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import type { SessionInfo } from '../../protocol/ownFiles.ts';
import { hasEnded } from '../fold/conditions.ts';
import { nonce } from '../log/append.ts';
import { SessionLog } from '../log/sessionLog.ts';
import { sessionPaths } from '../paths.ts';
import { isAlive } from '../processes.ts';
import { isSessionLive, type SessionEntry } from './sessionInfo.ts';

/** A session that works in another one's folder: a link to it. */
export interface Link {
  path: string;
  target: string;
  madeMs: number;
}

/** All links in a folder of sessions. */
export function linksIn(root: string): Link[] {
  return namesIn(root).flatMap((name): Link[] => {
    const path = join(root, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true) return [];
    return [{ path, target: basename(readlinkSync(path)), madeMs: stats.mtimeMs }];
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
export function whoIsThere(entry: SessionEntry): string | undefined {
  if (claudeMayBeThere(entry.info)) return 'its Claude is there, or on another machine';
  const log = new SessionLog(entry.dir);
  log.refresh();
  const alive = [...log.state.workers.values()].find(
    (w) => !hasEnded(w) && w.pid !== undefined && mayBeThere(w.pid, w.startTime, w.host),
  );
  return alive === undefined ? undefined : `its worker ${alive.id} is there, or on another machine`;
}

export const claudeMayBeThere = (info: SessionInfo | undefined): boolean =>
  info?.pid !== undefined && isSessionLive(info) !== false && mayBeThere(info.pid, info.startTime, info.host);

/** Another boot of this machine is over; of another machine, or of a container's processes, nothing can be known. */
function mayBeThere(pid: number, startTime: string | undefined, host: string | undefined): boolean {
  const alive = isAlive(pid, startTime, host);
  return alive ?? (host === undefined || host.split('/')[0] !== hostname());
}

/**
 * Takes a session out of sight in one step, so that nobody ever meets a part of it, and then away, unless its log has
 * grown meanwhile. Returns whether it is gone. Throws the system's error.
 */
export async function removeSession(
  root: string,
  { id, dir, touchedMs }: SessionEntry,
  links: readonly Link[],
): Promise<boolean> {
  const doomed = join(root, `.pruned-${nonce()}`);
  renameSync(dir, doomed);
  if ((statSync(sessionPaths(doomed).log, { throwIfNoEntry: false })?.mtimeMs ?? 0) > touchedMs) {
    renameSync(doomed, join(root, id));
    return false;
  }
  for (const { path } of links) unlinkSync(path);
  await rm(doomed, { recursive: true, force: true, maxRetries: 3 });
  return true;
}
