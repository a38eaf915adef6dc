import { rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { checkFolders } from './ownFolders.ts';

/** Removes a file; of a link only the link. Throws the system's error (ENOENT where there is none). */
export function removeFile(path: string): void {
  checkFolders(path);
  unlinkSync(path);
}

/** The same where it may be gone already. */
export function removeFileIfAny(path: string): void {
  checkFolders(path);
  rmSync(path, { force: true });
}

/** Removes a folder with everything in it; of a link, there or inside, only the link. It may be gone already. */
export function removeTree(path: string): void {
  checkFolders(path);
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/** The same without keeping the process busy. */
export async function removeLargeTree(path: string): Promise<void> {
  checkFolders(path);
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Removes a folder if it is empty; otherwise throws the system's error. */
export function removeEmptyFolder(path: string): void {
  checkFolders(path);
  rmdirSync(path);
}
