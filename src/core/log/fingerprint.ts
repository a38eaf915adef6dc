import { readSync } from 'node:fs';

/** So much of a log's beginning tells it from another one: the first line has its nonce. */
export const HEAD_BYTES = 128;
/** So much before a position tells that what is before it is still what was read. */
const TAIL_BYTES = 1024;

/** Bytes of a file; fewer where it ends before. */
function readBytes(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}

/** What tells a log that was read up to a position from another one: its beginning, with its nonce, and what is just before. */
export function fingerprint(fd: number, position: number): Buffer[] {
  const length = Math.min(TAIL_BYTES, position);
  return [readBytes(fd, 0, Math.min(HEAD_BYTES, position)), readBytes(fd, position - length, length)];
}
