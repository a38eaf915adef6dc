import { closeSync, constants, fsyncSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { nonce } from '#core/base/nonce.ts';
import { exists } from './facts.ts';
import { openFile } from './openFile.ts';
import { checkFolders } from './ownFolders.ts';

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** Makes a file where there is none, on disk when this returns. Throws the system's error (EEXIST where something is). */
export function createFile(path: string, content: string | Uint8Array, mode = 0o600): void {
  const { fd } = openFile(path, NEW, mode);
  try {
    writeFileSync(fd, content);
    if (content.length > 0) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * The same, and the file is whole at once: of several processes one makes it, and no reader finds a part. What is there
 * already stays. Throws the system's error.
 */
export function createWholeFile(path: string, content: string): void {
  checkFolders(path);
  const temporary = `${path}.${nonce()}.tmp`;
  createFile(temporary, content);
  try {
    // a link is made only where the name is free
    linkSync(temporary, path);
  } catch (error) {
    // a file system without a second name for a file (exFAT): of two processes at the very same moment the last one counts
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' && !exists(path)) renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
