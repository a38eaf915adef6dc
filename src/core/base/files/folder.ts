import { mkdirSync, readdirSync, type Dirent } from 'node:fs';
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

/**
 * Makes a folder with the folders above it, for its owner alone, unless it is there. Returns whether it was made. Throws
 * the system's error, and UnexpectedFileError where a link in a Fermata home leads to it.
 */
export function makeFolder(folder: string): boolean {
  checkFolders(join(folder, '*'));
  return mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
}
