import { closeSync, constants, futimesSync } from 'node:fs';
import { openFile } from './openFile.ts';

/** Makes an empty file where there is none, and sets the time of its last change (epoch ms). Throws as `openFile` does. */
export function touch(path: string, changedMs: number): void {
  const { fd } = openFile(path, constants.O_WRONLY | constants.O_CREAT);
  try {
    futimesSync(fd, changedMs / 1000, changedMs / 1000);
  } finally {
    closeSync(fd);
  }
}
