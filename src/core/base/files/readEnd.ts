import { closeSync, readSync } from 'node:fs';
import { openFile } from './openFile.ts';

/** The last bytes of a file as text, at most so many; nothing where it cannot be read. */
export function readEnd(path: string, maxBytes: number): string {
  let fd: number | undefined;
  try {
    const file = openFile(path);
    fd = file.fd;
    const length = Math.min(file.stats.size, maxBytes);
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, file.stats.size - length)).toString('utf8');
  } catch {
    return '';
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
