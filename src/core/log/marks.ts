import { readSync } from 'node:fs';

/** So much of a log's beginning tells it from another one: the first line has its nonce. */
export const HEAD = 128;
/** So much before a position tells that what is before it is still what was read. */
const TAIL = 1024;

/** Bytes of a file; fewer where it ends before. */
function bytesOf(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}

/** What tells a log that was read up to a position from another one: its beginning, with its nonce, and what is just before. */
export function marksAt(fd: number, position: number): Buffer[] {
  const length = Math.min(TAIL, position);
  return [bytesOf(fd, 0, Math.min(HEAD, position)), bytesOf(fd, position - length, length)];
}
