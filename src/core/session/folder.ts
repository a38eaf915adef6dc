import { existsSync, readlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createWholeFile } from '#core/base/files/createFile.ts';
import { lstatOf, realPath } from '#core/base/files/facts.ts';
import { readTextIfAny } from '#core/base/files/readFile.ts';
import { homePaths } from '#core/base/paths.ts';
import { isSessionId } from '#protocol/ids.ts';

/** A longer chain counts as a circle. */
const MAX_HOPS = 8;

/** A longer file names no session. */
const MAX_NAME_BYTES = 200;

/** What is in the place of the folder of a session that works in another one's. The gate reads it too. */
export const joinText = (target: string): string => `${basename(target)}\n`;

/**
 * Lets a session without a folder work in that of another one. What is there already stays: another hook of the same
 * session was faster. Throws the system's error.
 */
export const joinFolder = (dir: string, target: string): void => createWholeFile(dir, joinText(target));

/**
 * The folder beside it in which a session works: the one that the file in the place of its own folder names, or that a link
 * of an older Fermata leads to. Undefined where it has a folder of its own, or where no session is named.
 */
export function joinedFolder(dir: string): string | undefined {
  const stats = lstatOf(dir);
  if (stats === undefined || stats.isDirectory()) return undefined;
  const name = stats.isSymbolicLink() ? linkedName(dir) : readTextIfAny(dir, MAX_NAME_BYTES)?.split('\n', 1)[0];
  return name !== undefined && isSessionId(name) ? join(dirname(dir), name) : undefined;
}

/** The name beside it that a link leads to. */
function linkedName(link: string): string | undefined {
  const target = resolve(dirname(link), readlinkSync(link));
  return dirname(target) === resolve(dirname(link)) ? basename(target) : undefined;
}

/** The folder in which a session works: its own, or that of the session that it has joined. */
export function resolveSessionDir(dir: string): string {
  let current = dir;
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    const next = joinedFolder(current);
    if (next === undefined) return current;
    current = next;
  }
  return dir;
}

/** Whether the folder in which a session works is one of a home's. A name from the environment or a file may lead elsewhere. */
export function isHomeSession(home: string, dir: string): boolean {
  const path = realPath(resolveSessionDir(dir));
  return isSessionId(basename(path)) && dirname(path) === realPath(homePaths(home).sessions);
}

/** The backups of the folder of a session that joined another one: beside it, the newest last. */
export function joinBackups(dir: string): string[] {
  const backups: string[] = [];
  for (let path = joinBackupPath(dir, 1); existsSync(path); path = joinBackupPath(dir, backups.length + 1))
    backups.push(path);
  return backups;
}

/** The path of the next backup. */
export const nextJoinBackup = (dir: string): string => joinBackupPath(dir, joinBackups(dir).length + 1);

const joinBackupPath = (dir: string, number: number): string => `${dir}.joined${number === 1 ? '' : `.${number}`}`;

/** The present path of a session's own folder: its backup where the session has joined another one, or is about to. */
export const originalDir = (dir: string): string =>
  lstatOf(dir)?.isDirectory() === true ? dir : (joinBackups(dir).at(-1) ?? dir);
