import { closeSync, constants, writeSync } from 'node:fs';
import { openFile } from './openFile.ts';

/** Appends to a file, which is made for its owner alone where there is none. Throws as `openFile` does. */
export function appendText(path: string, text: string): void {
  const { fd } = openFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}
