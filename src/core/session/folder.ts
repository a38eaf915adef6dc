import { existsSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isSessionId } from '#protocol/ids.ts';

/** Links that lead on longer than this lead nowhere. */
const MAX_LINKS = 8;

/** The folder that a session's folder is a link to, beside it; undefined where it is none. */
export function linkedFolder(dir: string): string | undefined {
  try {
    const name = basename(readlinkSync(dir));
    return isSessionId(name) ? join(dirname(dir), name) : undefined;
  } catch {
    // a folder of its own, or nothing
    return undefined;
  }
}

/** The folder in which a session really is. */
export function resolveSessionDir(dir: string): string {
  let current = dir;
  for (let links = 0; links < MAX_LINKS; links++) {
    const next = linkedFolder(current);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

/** Where the folder of a session that joined another one is kept: beside the link, the newest last. */
export function joinBackups(dir: string): string[] {
  const backups: string[] = [];
  for (let path = joinBackupPath(dir, 1); existsSync(path); path = joinBackupPath(dir, backups.length + 1))
    backups.push(path);
  return backups;
}

/** The name under which the next one is kept. */
export const nextJoinBackup = (dir: string): string => joinBackupPath(dir, joinBackups(dir).length + 1);

const joinBackupPath = (dir: string, number: number): string => `${dir}.joined${number === 1 ? '' : `.${number}`}`;

/** Where a folder that was its own when it was opened is now: it may have become a link to another session's. */
export const originalDir = (dir: string): string =>
  linkedFolder(dir) === undefined ? dir : (joinBackups(dir).at(-1) ?? dir);
