import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { lstatOf } from './facts.ts';
import { namesIn } from './folder.ts';
import { checkFolders } from './ownFolders.ts';
import { removeFileIfAny } from './remove.ts';

/** Makes a folder of a new name that begins with `prefix`, and returns its path. Throws the system's error. */
export function makeTemporaryFolder(prefix: string): string {
  checkFolders(prefix);
  return mkdtempSync(prefix);
}

/** What a program has left that was killed while it wrote: a nonce or a process id, and `.tmp`. */
const TEMPORARY = /\.(?:[a-z0-9]{20,}|\d+)\.tmp$/;
/** No write takes this long. */
const STALE_MS = 10 * 60_000;

/** Removes old temporary files from a folder. Never throws. */
export function sweepTemporaries(folder: string, now: number): void {
  for (const name of namesIn(folder)) {
    if (!TEMPORARY.test(name)) continue;
    const path = join(folder, name);
    const stats = lstatOf(path);
    if (stats?.isFile() !== true || now - stats.mtimeMs < STALE_MS) continue;
    try {
      removeFileIfAny(path);
    } catch {
      // it may not be removed by this user
    }
  }
}
