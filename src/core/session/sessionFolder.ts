import { existsSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isSessionId } from '../../protocol/ids.ts';

/** Links that lead on longer than this lead nowhere. */
const MOST_LINKS = 8;

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
export function ownFolder(dir: string): string {
  let at = dir;
  for (let links = 0; links < MOST_LINKS; links++) {
    const next = linkedFolder(at);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** Where the folder of a session that joined another one is kept: beside the link, the newest last. */
export function keptFolders(dir: string): string[] {
  const found: string[] = [];
  for (let path = keptName(dir, 1); existsSync(path); path = keptName(dir, found.length + 1)) found.push(path);
  return found;
}

/** The name under which the next one is kept. */
export const nextKept = (dir: string): string => keptName(dir, keptFolders(dir).length + 1);

const keptName = (dir: string, number: number): string => `${dir}.joined${number === 1 ? '' : `.${number}`}`;

/** Where a folder that was its own when it was opened is now: it may have become a link to another session's. */
export const folderBefore = (dir: string): string =>
  linkedFolder(dir) === undefined ? dir : (keptFolders(dir).at(-1) ?? dir);
