import { existsSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { realPath } from '#core/base/files/facts.ts';
import { homePaths } from '#core/base/paths.ts';
import { isSessionId } from '#protocol/ids.ts';

/** A longer chain of links counts as a circle. */
const MAX_LINKS = 8;

/** The folder beside it that a session's folder is a link to; undefined where it is no link. */
export function linkedFolder(dir: string): string | undefined {
  try {
    const name = basename(readlinkSync(dir));
    return isSessionId(name) ? join(dirname(dir), name) : undefined;
  } catch {
    // a real folder, or nothing
    return undefined;
  }
}

/** The folder of a session with all links followed. */
export function resolveSessionDir(dir: string): string {
  let current = dir;
  for (let links = 0; links < MAX_LINKS; links++) {
    const next = linkedFolder(current);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

/** Whether a folder, links followed, is one of a home's sessions. A name from the environment or a link may lead elsewhere. */
export function isHomeSession(home: string, dir: string): boolean {
  const path = realPath(dir);
  return isSessionId(basename(path)) && dirname(path) === realPath(homePaths(home).sessions);
}

/** The backups of the folder of a session that joined another one: beside the link, the newest last. */
export function joinBackups(dir: string): string[] {
  const backups: string[] = [];
  for (let path = joinBackupPath(dir, 1); existsSync(path); path = joinBackupPath(dir, backups.length + 1))
    backups.push(path);
  return backups;
}

/** The path of the next backup. */
export const nextJoinBackup = (dir: string): string => joinBackupPath(dir, joinBackups(dir).length + 1);

const joinBackupPath = (dir: string, number: number): string => `${dir}.joined${number === 1 ? '' : `.${number}`}`;

/** The present path of a session's own folder: its backup where a link to another session has taken its place. */
export const originalDir = (dir: string): string =>
  linkedFolder(dir) === undefined ? dir : (joinBackups(dir).at(-1) ?? dir);
