import { renameSync, rmSync } from 'node:fs';
import { nonce } from '#core/base/nonce.ts';
import { createFile } from './createFile.ts';
import { renameFile } from './rename.ts';

/**
 * Puts a file in the place of a folder, which gets another name. No system call does both, so for a moment there is neither.
 * Throws the system's error; then the folder has its name again.
 */
export function replaceFolderByFile(folder: string, kept: string, content: string): void {
  const temporary = `${folder}.${nonce()}.tmp`;
  createFile(temporary, content);
  try {
    renameFile(folder, kept);
    try {
      renameSync(temporary, folder);
    } catch (error) {
      renameFile(kept, folder);
      throw error;
    }
  } finally {
    rmSync(temporary, { force: true });
  }
}
