import { closeSync, readSync } from 'node:fs';
import { openFile } from '#core/base/files/openFile.ts';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 1 << 16;
/** What a person reads is a number: beyond this the file is not read for it. */
const MAX_BYTES = 4 << 20;

/** Counts the lines in a part of a file that grows, for people who wait for it. What was counted is not read again. */
export class LineCount {
  readonly #path: string;
  #from = 0;
  #to = 0;
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The lines that end between two offsets, blank ones not counted; at most those of 4 MiB. None of a file that cannot be read. */
  between(from: number, to: number): number {
    if (from !== this.#from || to < this.#to) [this.#from, this.#to, this.#lines] = [from, from, 0];
    const end = Math.min(to, from + MAX_BYTES);
    if (end > this.#to) this.#lines += countLines(this.#path, this.#to, end);
    this.#to = Math.max(this.#to, end);
    return this.#lines;
  }
}

/** A newline ends a line unless it follows another one: a line is appended with one before and one behind it. */
function countLines(path: string, from: number, to: number): number {
  let fd: number | undefined;
  let lines = 0;
  try {
    ({ fd } = openFile(path));
    let isBlank = true;
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let at = from; at < to;) {
      const bytes = readSync(fd, buffer, 0, Math.min(CHUNK_BYTES, to - at), at);
      if (bytes === 0) break;
      for (const byte of buffer.subarray(0, bytes)) {
        if (byte === NEWLINE && !isBlank) lines++;
        isBlank = byte === NEWLINE;
      }
      at += bytes;
    }
  } catch {
    // the number is for people to see; what carries the lines reports the error
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  return lines;
}
