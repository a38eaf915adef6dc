import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { isSessionId } from '#protocol/ids.ts';

/** Something else is at a path where a file or a folder is needed. */
export class UnexpectedFileError extends Error {
  readonly path: string;

  constructor(path: string, found: string, needed: 'a file' | 'a folder') {
    super(`${path} is ${found}, not ${needed}`);
    this.path = path;
  }
}

/** What is at a path, in words. */
export function kindOf(stats: Stats): string {
  if (stats.isFile()) return stats.nlink > 1 ? 'a file with a second name elsewhere' : 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isSymbolicLink()) return 'a link';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** The Fermata homes of this program: usually one. */
const homes = new Set<string>();

/**
 * Makes a folder known as a Fermata home. Nothing below it is reached through a link of any origin; the home
 * itself may be a link to another disk.
 */
export const addHome = (home: string): void => void homes.add(home);

/** A session that joined another one has a link to its folder; a longer chain counts as a circle. */
const MAX_LINKS = 8;

/**
 * Checks that the folders between a home and a path in it are folders, not links or anything else. A path outside of
 * every home passes. Throws UnexpectedFileError, or the system's error.
 */
export function checkFolders(path: string): void {
  const home = homeOf(path);
  if (home === undefined) return;
  for (let end = path.indexOf(sep, home.length + 1); end !== -1; end = path.indexOf(sep, end + 1)) {
    const folder = path.slice(0, end);
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    // nothing is there: the operation itself reports that
    if (stats === undefined) return;
    if (!stats.isDirectory() && !(stats.isSymbolicLink() && isSessionLink(home, folder)))
      throw new UnexpectedFileError(folder, kindOf(stats), 'a folder');
  }
}

/** Whether a path is below a Fermata home. */
export const isInHome = (path: string): boolean => homeOf(path) !== undefined;

function homeOf(path: string): string | undefined {
  let found: string | undefined;
  for (const home of homes)
    if (home.length > (found?.length ?? 0) && path.startsWith(home) && path[home.length] === sep) found = home;
  return found;
}

/** Whether a link in the folder of sessions leads to another session beside it. */
function isSessionLink(home: string, link: string): boolean {
  const sessions = join(home, 'sessions');
  let current = link;
  for (let links = 0; links < MAX_LINKS && dirname(current) === sessions; links++) {
    const stats = lstatSync(current, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true) return stats?.isDirectory() === true;
    const target = readlinkSync(current);
    if (!isSessionId(basename(target)) || join(sessions, basename(target)) !== join(sessions, target)) return false;
    current = join(sessions, target);
  }
  return false;
}
