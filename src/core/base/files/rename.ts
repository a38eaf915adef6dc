import { lstatSync, renameSync } from 'node:fs';
import { setAside } from './aside.ts';
import { checkFolders } from './ownFolders.ts';

/** Gives a file another name; one that is there is replaced, and a folder there set aside. Throws the system's error. */
export function renameFile(from: string, to: string): void {
  checkFolders(from);
  checkFolders(to);
  if (lstatSync(to, { throwIfNoEntry: false })?.isDirectory() === true) setAside(to);
  renameSync(from, to);
}
