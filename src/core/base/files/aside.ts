import { lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join, sep } from 'node:path';
import { nonce } from '#core/base/nonce.ts';
import { checkFolders } from './ownFolders.ts';

/**
 * Makes a folder of a session's where there is none. Whatever else is in its place, such as a link to somewhere else, gets
 * another name beside it: nothing is followed, nothing is lost. Returns whether there was something. Throws the system's
 * error where neither is possible.
 */
export function claimFolder(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return false;
  checkFolders(folder);
  if (stats !== undefined) setAside(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return stats !== undefined;
}

/** Gives whatever is at a path another name beside it. Throws the system's error. */
export function setAside(path: string): void {
  checkFolders(path);
  renameSync(path, `${path}.aside-${nonce()}`);
}

/**
 * Moves what has a name in one folder into another one, of that name or else one with an addition. A name that is not
 * UTF-8 is found by what Node makes of it. Throws the system's error.
 */
export function moveInto(folder: string, name: string, target: string): void {
  checkFolders(join(folder, name));
  checkFolders(join(target, name));
  const names = rawNames(folder, name);
  if (names.length === 0) throw Object.assign(new Error(`there is no ${join(folder, name)}`), { code: 'ENOENT' });
  for (const raw of names) {
    const from = rawPath(folder, raw);
    try {
      renameSync(from, rawPath(target, raw));
    } catch (error) {
      // a folder has that name there
      if (!['ENOTEMPTY', 'EEXIST', 'EISDIR', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error;
      renameSync(from, join(target, nonce()));
    }
  }
}

const rawPath = (folder: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(folder + sep), name]);

/** The names as bytes that Node decodes to a name: of one that is not UTF-8 perhaps several. */
const rawNames = (folder: string, name: string): Buffer[] =>
  name.includes('\ufffd')
    ? readdirSync(folder, { encoding: 'buffer' }).filter((raw) => raw.toString() === name)
    : [Buffer.from(name)];
