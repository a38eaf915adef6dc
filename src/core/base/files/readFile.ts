import { closeSync, readSync } from 'node:fs';
import { openFile, openLinkedFile, type OpenFile } from './openFile.ts';

/** The bound of a file that a person or a program of Fermata writes: settings, rules, approvals, session.json. */
export const MAX_FILE_BYTES = 1 << 20;

/** A file has more bytes than are read of its kind; nothing was read. */
class FileTooLargeError extends Error {
  constructor(path: string, bytes: number, maxBytes: number) {
    super(`${path} has ${bytes} bytes, and ${maxBytes} are the most that is read`);
  }
}

/**
 * The bytes of a file in a Fermata home. Follows no link, waits for nothing and reads at most `maxBytes`. Throws
 * UnexpectedFileError, FileTooLargeError, or the system's error.
 */
export const readBytes = (path: string, maxBytes = MAX_FILE_BYTES): Buffer => readAll(path, openFile(path), maxBytes);

/** The same as text. */
export const readText = (path: string, maxBytes = MAX_FILE_BYTES): string => readBytes(path, maxBytes).toString('utf8');

/** The same; undefined where it cannot be read, for whatever reason. */
export function readTextIfAny(path: string, maxBytes = MAX_FILE_BYTES): string | undefined {
  try {
    return readText(path, maxBytes);
  } catch {
    return undefined;
  }
}

/**
 * The bytes of a file of the person or of a repository, which may be a link to a file: Claude Code's settings, a project's
 * rules. Whatever else is there (a device, a pipe, a folder) is not opened. Throws as `readBytes` does.
 */
export const readLinkedBytes = (path: string, maxBytes = MAX_FILE_BYTES): Buffer =>
  readAll(path, openLinkedFile(path), maxBytes);

function readAll(path: string, { fd, stats }: OpenFile, maxBytes: number): Buffer {
  try {
    if (stats.size > maxBytes) throw new FileTooLargeError(path, stats.size, maxBytes);
    const bytes = Buffer.allocUnsafe(stats.size);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(fd, bytes, length, bytes.length - length, length);
      // it was cut meanwhile
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}
