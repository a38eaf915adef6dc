import { chmodSync, mkdirSync, readdirSync, type Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkFolders } from './ownFolders.ts';

/** The names in a folder; none where it cannot be read, or where a link in a Fermata home leads to it. */
export function namesIn(folder: string): string[] {
  try {
    checkFolders(join(folder, '*'));
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The same with the kind of each. */
export function entriesIn(folder: string): Dirent[] {
  try {
    checkFolders(join(folder, '*'));
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** The same as a stream, for a folder of thousands. Throws the system's error. */
export async function* streamEntries(folder: string): AsyncGenerator<Dirent> {
  checkFolders(join(folder, '*'));
  yield* await opendir(folder);
}

/**
 * Makes a folder with the folders above it, for its owner alone by default, unless it is there. Returns whether it was made. Throws
 * the system's error, and UnexpectedFileError where a link in a Fermata home leads to it.
 */
export function makeFolder(folder: string, mode = 0o700): boolean {
  checkFolders(join(folder, '*'));
  return mkdirSync(folder, { recursive: true, mode }) !== undefined;
}

/** Makes a folder its owner's alone. Throws the system's error. */
export const makePrivate = (folder: string): void => chmodSync(folder, 0o700);

/** Makes a folder for its owner alone where nothing is. Throws the system's error (EEXIST where something is). */
export function makeNewFolder(folder: string): void {
  checkFolders(folder);
  mkdirSync(folder, { mode: 0o700 });
}
