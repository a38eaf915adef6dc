import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Event } from '#protocol/event.ts';
import { MAX_LINE_BYTES, parseEvent } from '#protocol/parseEvent.ts';
import { LineReader, type Line } from './lineReader.ts';
import { HEAD_BYTES } from './fingerprint.ts';
import { sessionPaths } from '#core/base/paths.ts';

/** The event whose line starts at a position of a session's log; undefined if there is none. Throws the system's error. */
export function eventAt(dir: string, position: number): Event | undefined {
  const fd = openSync(sessionPaths(dir).log, 'r');
  try {
    const bytes = Buffer.alloc(MAX_LINE_BYTES + 1);
    let value: unknown;
    const reader = new LineReader(position);
    reader.push(bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, position)), (line) => {
      if (line.pos === position && 'value' in line) value = line.value;
    });
    const parsed = parseEvent(value);
    return parsed.kind === 'event' ? parsed.event : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Reads a session's log line by line from a position on, each line once, damaged ones too. */
export class LogTail {
  readonly #path: string;
  #reader: LineReader;
  #inode: number | undefined;
  #head: Buffer = Buffer.alloc(0);
  /** Counts how often the file was found replaced or cut: what follows then is another log, from its beginning. */
  generation = 0;
  #size = 0;

  constructor(dir: string, position = 0) {
    this.#path = sessionPaths(dir).log;
    this.#reader = new LineReader(position);
  }

  /** How much of the file was read when it was last looked at, 0 to 1. */
  get fraction(): number {
    return this.#size === 0 ? 1 : Math.min(1, (this.#reader.position + this.#reader.pending) / this.#size);
  }

  /**
   * The lines that were appended since the last call, of at most so many bytes: with `share` below 1 there are more.
   * Throws the system's error.
   */
  next(maxBytes = Infinity): Line[] {
    const lines: Line[] = [];
    const fd = openSync(this.#path, 'r');
    try {
      const { size, ino } = fstatSync(fd);
      const head = Buffer.alloc(HEAD_BYTES);
      const currentHead = head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
      const consumed = this.#reader.position + this.#reader.pending;
      const isSameLog =
        ino === (this.#inode ?? ino) &&
        size >= consumed &&
        currentHead.subarray(0, this.#head.length).equals(this.#head);
      if (!isSameLog) {
        this.#reader = new LineReader();
        this.generation++;
      }
      this.#inode = ino;
      this.#head = currentHead;
      this.#size = size;
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const start = this.#reader.position + this.#reader.pending;
      for (let offset = start; offset < size && offset - start < maxBytes;) {
        const bytes = readSync(fd, chunk, 0, chunk.length, offset);
        if (bytes === 0) break;
        offset += bytes;
        this.#reader.push(chunk.subarray(0, bytes), (line) => lines.push(line));
      }
    } finally {
      closeSync(fd);
    }
    return lines;
  }
}
