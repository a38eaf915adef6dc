import { symlinkSync } from 'node:fs';
import { checkFolders } from './ownFolders.ts';

/** Makes a link to a folder beside it. Throws the system's error (EEXIST where something is). */
export function linkFolder(target: string, path: string): void {
  checkFolders(path);
  symlinkSync(target, path, 'dir');
}
