import { lstatSync, readdirSync, readlinkSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import type { SessionInfo } from '../../protocol/ownFiles.ts';
import { nonce } from '../log/append.ts';
import { hasEnded } from '../fold/conditions.ts';
import { homePaths, sessionPaths } from '../paths.ts';
import { isAlive } from '../processes.ts';
import { isSessionLive, listSessions, type SessionEntry } from './sessionInfo.ts';
import { SessionLog } from '../log/sessionLog.ts';

export interface PruneOptions {
  home: string;
  /** Epoch ms. */
  now: number;
  /** Sessions whose log has not grown for so long are old. */
  olderThanMs: number;
  /** Only say what would be removed. */
  dryRun?: boolean;
}

/** What was removed, or would be, and what is old but was kept, with the reason. */
export interface Pruned {
  removed: { session: string; project: string | undefined; lastMs: number }[];
  kept: { session: string; why: string }[];
}

/** What an earlier call had begun to remove. */
const DOOMED = /^\.pruned-/;
/** Where `fermata join` puts a folder whose session now works in another one. */
const JOINED = /^([A-Za-z0-9_-]{1,128})\.joined$/;

/**
 * Removes old sessions with everything in their folders, and the links that led to them. Never one whose Claude or
 * whose workers may be there, and never one that a younger link leads to. A folder is taken out of sight in one step
 * before it is emptied, so nobody ever meets a part of it. Throws the system's error only where nothing can be listed.
 */
export async function pruneSessions({ home, now, olderThanMs, dryRun = false }: PruneOptions): Promise<Pruned> {
  const root = homePaths(home).sessions;
  const links = linksIn(root);
  const result: Pruned = { removed: [], kept: [] };
  for (const entry of listSessions(home)) {
    if (now - entry.touchedMs < olderThanMs) continue;
    const to = links.filter((link) => link.target === entry.id);
    const why = inUse(entry, to, now, olderThanMs);
    if (why !== undefined) {
      result.kept.push({ session: entry.id, why });
      continue;
    }
    try {
      if (!dryRun && !(await remove(root, entry, to))) continue;
      result.removed.push({ session: entry.id, project: entry.info?.project, lastMs: Math.round(entry.touchedMs) });
    } catch (error) {
      result.kept.push({ session: entry.id, why: (error as Error).message });
    }
  }
  if (!dryRun) await removeRemains(root, now - olderThanMs);
  return result;
}

interface Link {
  path: string;
  target: string;
  madeMs: number;
}

function linksIn(root: string): Link[] {
  return namesIn(root).flatMap((name): Link[] => {
    const path = join(root, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true) return [];
    return [{ path, target: basename(readlinkSync(path)), madeMs: stats.mtimeMs }];
  });
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

/** Why an old session must stay; undefined if nothing speaks for it. */
function inUse(entry: SessionEntry, links: Link[], now: number, olderThanMs: number): string | undefined {
  if (claudeMayBeThere(entry.info)) return 'its Claude is there, or on another machine';
  if (links.some(({ madeMs }) => now - madeMs < olderThanMs)) return 'a younger session works in it';
  try {
    const log = new SessionLog(entry.dir);
    log.refresh();
    const alive = [...log.state.workers.values()].find(
      (w) => !hasEnded(w) && w.pid !== undefined && mayBeThere(w.pid, w.startTime, w.host),
    );
    return alive === undefined ? undefined : `its worker ${alive.id} is there, or on another machine`;
  } catch (error) {
    return `its log cannot be read (${(error as Error).message})`;
  }
}

const claudeMayBeThere = (info: SessionInfo | undefined): boolean =>
  info?.pid !== undefined && isSessionLive(info) !== false && mayBeThere(info.pid, info.startTime, info.host);

/** Another boot of this machine is over; of another machine, or of a container's processes, nothing can be known. */
function mayBeThere(pid: number, startTime: string | undefined, host: string | undefined): boolean {
  const alive = isAlive(pid, startTime, host);
  return alive ?? (host === undefined || host.split('/')[0] !== hostname());
}

/** Takes a session out of sight, and then away, unless its log has grown meanwhile. Returns whether it is gone. */
async function remove(root: string, { id, dir, touchedMs }: SessionEntry, links: Link[]): Promise<boolean> {
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

/** What an interrupted call left, and old folders of sessions that had joined others. */
async function removeRemains(root: string, before: number): Promise<void> {
  for (const name of namesIn(root)) {
    const path = join(root, name);
    const joined = JOINED.exec(name)?.[1];
    const old =
      joined !== undefined &&
      lstatSync(join(root, joined), { throwIfNoEntry: false }) === undefined &&
      (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
    if (DOOMED.test(name) || old) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}
