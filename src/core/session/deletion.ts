import { lstatSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SessionInfo } from '#protocol/fileFormats.ts';
import { isSessionId } from '#protocol/ids.ts';
import { exists, lstatOf } from '#core/base/files/facts.ts';
import { entriesIn, namesIn } from '#core/base/files/folder.ts';
import { removeFile, removeLargeTree } from '#core/base/files/remove.ts';
import { renameFile } from '#core/base/files/rename.ts';
import { nonce } from '#core/base/nonce.ts';
import { homePaths } from '#core/base/paths.ts';
import { isAlive } from '#core/base/processes.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isOpenRoom, roomName } from '#core/fold/rooms.ts';
import { joinBackups, joinedFolder } from './folder.ts';
import { grownMs, isSessionLive, readSessionEntry, readSessionInfo, sortByAge, type SessionEntry } from './info.ts';
import { isCopy, readSeat } from './seat.ts';
import { SessionLog } from './sessionLog.ts';
import { arrivedEnd, outboxEnd } from './settle.ts';

/** The name of a session that works in another one's folder. */
interface JoinedName {
  path: string;
  target: string;
  createdMs: number;
}

/**
 * Why a session must not be deleted, in words; undefined if it may be. A session is never deleted while its Claude or
 * its workers may run, nor while another session works in it, nor a copy before its seat has all that was published here.
 */
export function whyNotDelete(home: string, folder: string): string | undefined {
  const found = findSession(home, folder);
  if (found === undefined) return 'there is no such session any more';
  const working = found.joined.find(({ path }) => mayBeRunning(originalInfo(path)));
  return inUseBy(found.entry) ?? (working && `the session ${basename(working.path)} works in it`);
}

/**
 * Deletes a session with everything in its folder, and the names of those that worked in it. Throws an error with the reason where it must
 * not be deleted, and the system's error.
 */
export async function deleteSession(home: string, folder: string): Promise<void> {
  const why = whyNotDelete(home, folder);
  const found = findSession(home, folder);
  if (why !== undefined || found === undefined) throw new Error(why);
  if (!(await removeSession(homePaths(home).sessions, found.entry, found.joined)))
    throw new Error('its log has grown meanwhile');
}

function findSession(home: string, folder: string): { entry: SessionEntry; joined: JoinedName[] } | undefined {
  const root = homePaths(home).sessions;
  const entry = readSessionEntry(root, folder);
  if (entry === undefined) return undefined;
  return {
    entry,
    joined: namesIn(root)
      .flatMap((name) => joinedName(root, name) ?? [])
      .filter(({ target }) => target === folder),
  };
}

/** The session.json of a session that has joined another one, from the backup of its folder. */
function originalInfo(joined: string): SessionInfo | undefined {
  const backup = joinBackups(joined).at(-1);
  return backup === undefined ? undefined : readSessionInfo(backup);
}

export interface PruneOptions {
  home: string;
  /** Epoch ms. */
  now: number;
  /** Sessions whose log has not grown for longer are old. */
  olderThanMs: number;
  /** Reports what would be removed, and removes nothing. */
  dryRun?: boolean;
}

/** The sessions that were removed or would be, and the old ones that were kept, with the reason. */
export interface PruneResult {
  removed: { session: string; project: string | undefined; lastMs: number }[];
  kept: { session: string; why: string }[];
}

/**
 * Deletes old sessions as `deleteSession` does. Keeps a session while its Claude or its workers may run, and while a
 * younger session works in it. There may be thousands, so it yields to the event loop after each.
 */
export async function pruneSessions({ home, now, olderThanMs, dryRun = false }: PruneOptions): Promise<PruneResult> {
  const root = homePaths(home).sessions;
  const entries: SessionEntry[] = [];
  const allJoined: JoinedName[] = [];
  for (const name of namesIn(root)) {
    await nextTurn();
    const entry = readSessionEntry(root, name);
    if (entry !== undefined) entries.push(entry);
    const joined = joinedName(root, name);
    if (joined !== undefined) allJoined.push(joined);
  }
  const result: PruneResult = { removed: [], kept: [] };
  for (const entry of sortByAge(entries)) {
    await nextTurn();
    const { id: session, info, touchedMs } = entry;
    if (now - touchedMs < olderThanMs) continue;
    const joined = allJoined.filter(({ target }) => target === session);
    const isJoinedByYounger = joined.some(({ createdMs }) => now - createdMs < olderThanMs);
    const why = inUseBy(entry) ?? (isJoinedByYounger ? 'a younger session works in it' : undefined);
    if (why !== undefined) {
      result.kept.push({ session, why });
      continue;
    }
    try {
      if (!dryRun && !(await removeSession(root, entry, joined))) continue;
      result.removed.push({ session, project: info?.project, lastMs: Math.round(touchedMs) });
    } catch (error) {
      result.kept.push({ session, why: (error as Error).message });
    }
  }
  if (!dryRun) await removeLeftovers(root, now - olderThanMs);
  return result;
}

/** A session that an interrupted call had hidden. */
const HIDDEN_NAME = /^\.pruned-/;
/** The backup that `fermata join` makes of the folder of a session that works in another one. */
const BACKUP_NAME = /^([A-Za-z0-9_-]{1,128})\.joined$/;

/** Removes what an interrupted call left, and old backups of sessions whose name is gone. */
async function removeLeftovers(root: string, before: number): Promise<void> {
  for (const name of namesIn(root)) {
    const path = join(root, name);
    const joined = BACKUP_NAME.exec(name)?.[1];
    const isOldBackup =
      joined !== undefined &&
      !exists(join(root, joined)) &&
      (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
    if (HIDDEN_NAME.test(name) || isOldBackup) await removeLargeTree(path);
  }
}

/** What of a session may still run, or that its log cannot be read, as a reason to keep it; undefined if nothing. */
function inUseBy(entry: SessionEntry): string | undefined {
  if (mayBeRunning(entry.info)) return 'its Claude is there, or on another machine';
  const log = new SessionLog(entry.dir);
  try {
    log.refresh();
  } catch (error) {
    return `its log cannot be read (${(error as Error).message})`;
  }
  const room = isOpenRoom(log.state) && !isCopy(entry.dir) ? roomName(entry.id) : undefined;
  if (room !== undefined) return `the room is open; "fermata room ${room} --end" closes it`;
  const seat = isCopy(entry.dir) ? readSeat(entry.dir) : undefined;
  const waiting = unsentBytes(log);
  if (waiting > 0)
    return `${waiting} bytes that were published on this machine have not arrived at ${seat?.seat ?? 'its machine'}; who gives them up deletes ${entry.dir}`;
  const running = [...log.state.workers.values()]
    // those of other machines go on without a copy
    .filter(({ machine }) => seat === undefined || machine === seat.machine)
    .find((w) => !hasEnded(w) && w.pid !== undefined && isAlive(w.pid, w.startTime, w.host) !== false);
  return running === undefined ? undefined : `its worker ${running.id} is there, or on another machine`;
}

/** What of the outbox of a copy has not come back from the machine that has the session; the log is read to its end. */
const unsentBytes = (log: SessionLog): number => (isCopy(log.dir) ? outboxEnd(log.dir) - arrivedEnd(log) : 0);

/** Of another machine or container nothing can be known. */
const mayBeRunning = (info: SessionInfo | undefined): boolean =>
  info?.pid !== undefined && isSessionLive(info) !== false;

function joinedName(root: string, name: string): JoinedName | undefined {
  const path = join(root, name);
  const target = isSessionId(name) ? joinedFolder(path) : undefined;
  const stats = target === undefined ? undefined : lstatOf(path);
  if (target === undefined || stats === undefined) return undefined;
  return { path, target: basename(target), createdMs: stats.mtimeMs };
}

/**
 * Removes a session and the names that lead to it, unless its log has grown since it was listed. Renames the folder first, so
 * that no reader finds a part of it. Returns whether it is gone. Throws the system's error.
 */
async function removeSession(
  root: string,
  { id, dir, touchedMs }: SessionEntry,
  joined: readonly JoinedName[],
): Promise<boolean> {
  const hiddenDir = join(root, `.pruned-${nonce()}`);
  renameFile(dir, hiddenDir);
  if (isCopy(hiddenDir) ? hasUnsent(hiddenDir) : hasGrown(hiddenDir, touchedMs)) {
    renameFile(hiddenDir, join(root, id));
    return false;
  }
  for (const { path } of joined) removeFile(path);
  await removeLargeTree(hiddenDir);
  return true;
}

/** A copy may grow at any time, and is lost without harm but for what was published here. */
function hasUnsent(dir: string): boolean {
  const log = new SessionLog(dir);
  log.refresh();
  return unsentBytes(log) > 0;
}

function hasGrown(dir: string, touchedMs: number): boolean {
  try {
    return grownMs(dir) > touchedMs;
  } catch {
    // it had no log before either
    return false;
  }
}

/** More files than this are not counted one by one. */
const MAX_FILES = 100_000;

/** How much a session's folder holds. No link is followed out of it. */
export function folderSize(dir: string): { files: number; bytes: number } {
  const size = { files: 0, bytes: 0 };
  const folders = [dir];
  for (let current = folders.pop(); current !== undefined && size.files < MAX_FILES; current = folders.pop()) {
    for (const entry of entriesIn(current)) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else {
        size.files++;
        size.bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
      }
    }
  }
  return size;
}
