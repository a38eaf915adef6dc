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

/** A file whose time is changed again and again, at the cost of one call of the system each time. Throws as `touch` does. */
export function openToTouch(path: string) {
  const { fd } = openFile(path, constants.O_WRONLY | constants.O_CREAT);
  return {
    /** @param changedMs epoch ms */
    touch: (changedMs: number): void => futimesSync(fd, changedMs / 1000, changedMs / 1000),
    close: (): void => closeSync(fd),
  };
}
