import { chmodSync, lstatSync, mkdirSync, opendirSync, readdirSync, type Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { sep } from 'node:path';
import { checkFolders } from './ownFolders.ts';

/** So many names are read of a folder that is larger than this, in bytes of its own: it has some ten thousand of them. */
const MAX_NAMES = 20_000;
const LARGE_BYTES = 1 << 20;

/** The names in a folder, of a very large one the first; none where it cannot be read, or where a link in a Fermata home leads to it. */
export function namesIn(folder: string, most = MAX_NAMES): string[] {
  try {
    checkFolders(`${folder}${sep}*`);
    return isLarge(folder) ? firstEntries(folder, most).map(({ name }) => name) : readdirSync(folder);
  } catch {
    return [];
  }
}

/** The same with the kind of each. */
export function entriesIn(folder: string, most = MAX_NAMES): Dirent[] {
  try {
    checkFolders(`${folder}${sep}*`);
    return isLarge(folder) ? firstEntries(folder, most) : readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

const isLarge = (folder: string): boolean => lstatSync(folder).size > LARGE_BYTES;

/** What is read one by one takes longer to begin with than a list of all. */
export function firstEntries(folder: string, most: number): Dirent[] {
  const dir = opendirSync(folder, { bufferSize: 1000 });
  const entries: Dirent[] = [];
  try {
    while (entries.length < most) {
      const entry = dir.readSync();
      if (entry === null) break;
      entries.push(entry);
    }
  } finally {
    dir.closeSync();
  }
  return entries;
}

/** The same as a stream, for a folder of thousands. Throws the system's error. */
export async function* streamEntries(folder: string): AsyncGenerator<Dirent> {
  checkFolders(`${folder}${sep}*`);
  yield* await opendir(folder);
}

/**
 * Makes a folder with the folders above it, for its owner alone by default, unless it is there. Returns whether it was made. Throws
 * the system's error, and UnexpectedFileError where a link in a Fermata home leads to it.
 */
export function makeFolder(folder: string, mode = 0o700): boolean {
  checkFolders(`${folder}${sep}*`);
  return mkdirSync(folder, { recursive: true, mode }) !== undefined;
}

/** Makes a folder its owner's alone. Throws the system's error. */
export const makePrivate = (folder: string): void => chmodSync(folder, 0o700);

/** Makes a folder for its owner alone where nothing is. Throws the system's error (EEXIST where something is). */
export function makeNewFolder(folder: string): void {
  checkFolders(folder);
  mkdirSync(folder, { mode: 0o700 });
}
