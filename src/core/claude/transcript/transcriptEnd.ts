import { closeSync, readSync } from 'node:fs';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { statOf } from '#core/base/files/facts.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';

const CHUNK_BYTES = 64 * 1024;

/** What the reading of a transcript has come to. */
export interface EndOfTranscript {
  /** The bytes before the part that is read, and those of the file. */
  skippedBytes: number;
  bytes: number;
  /** There is no file that could be read: it does not exist, or is not this user's. */
  missing: boolean;
  changed: boolean;
}

/**
 * The last part of a transcript and what is appended to it. Of one of 500 MB only the end is ever read, a chunk at a time,
 * so that the editor does not wait.
 */
export class TranscriptEnd {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #emit: (line: Line) => void;
  readonly #onRestart: () => void;
  #reader = new LineReader();
  #inode = -1;
  #skippedBytes = 0;
  /** The first line of the part is one that is cut at its beginning. */
  #skipsLine = false;

  /** @param onRestart the file is read anew, since it was replaced or cut: what was read before is void */
  constructor(path: string, maxBytes: number, emit: (line: Line) => void, onRestart: () => void = () => undefined) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#emit = emit;
    this.#onRestart = onRestart;
  }

  /** Reads what is new. Only one call may be under way. */
  async read(): Promise<EndOfTranscript> {
    const end = { skippedBytes: this.#skippedBytes, bytes: 0, missing: false, changed: false };
    try {
      // one that has not grown costs one stat
      const onDisk = statOf(this.#path);
      if (onDisk?.ino === this.#inode && onDisk.size === this.#reader.end) return { ...end, bytes: onDisk.size };
      return await this.#readNew(end);
    } catch {
      return { ...end, missing: true };
    }
  }

  async #readNew(end: EndOfTranscript): Promise<EndOfTranscript> {
    const { fd, stats } = openFile(this.#path);
    try {
      if (!this.#path.endsWith('.jsonl') || stats.uid !== (process.getuid?.() ?? stats.uid))
        return { ...end, missing: true };
      const restarted = stats.ino !== this.#inode || stats.size < this.#reader.end;
      if (restarted) this.#restart(stats.ino, stats.size);
      const before = this.#reader.end;
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      while (this.#reader.end < stats.size) {
        const wanted = Math.min(chunk.length, stats.size - this.#reader.end);
        const bytes = readSync(fd, chunk, 0, wanted, this.#reader.end);
        if (bytes === 0) break;
        this.#push(chunk.subarray(0, bytes));
        await yieldToEventLoop();
      }
      const changed = restarted || this.#reader.end > before;
      return { ...end, skippedBytes: this.#skippedBytes, bytes: stats.size, changed };
    } finally {
      closeSync(fd);
    }
  }

  #restart(inode: number, size: number): void {
    this.#onRestart();
    this.#inode = inode;
    this.#skippedBytes = Math.max(0, size - this.#maxBytes);
    this.#skipsLine = this.#skippedBytes > 0;
    this.#reader = new LineReader(this.#skippedBytes);
  }

  #push(bytes: Buffer): void {
    this.#reader.push(bytes, (line) => {
      // where a line is cut, only its end was read
      if (!this.#skipsLine) this.#emit(line);
      this.#skipsLine = false;
    });
  }
}
