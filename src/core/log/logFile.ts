import { closeSync, readSync } from 'node:fs';
import { openFile } from '#core/base/files/openFile.ts';
import { logToRead } from '#core/base/paths.ts';
import { LineReader, type Line } from './lineReader.ts';

/** Bytes at the beginning of a log that distinguish it from another one: its first line has its nonce. */
const HEAD_BYTES = 128;
/** Bytes before a position that show whether the log up to there is still the one that was read. */
const TAIL_BYTES = 1024;
/** What is read at once: its lines are in memory together, and more of them would outlive the collections of garbage. */
const CHUNK_BYTES = 1 << 18;

/** Identifies the bytes of an open log up to a position: by its beginning and by what is just before the position. */
export function fingerprint(fd: number, position: number): Buffer[] {
  const length = Math.min(TAIL_BYTES, position);
  return [readBytes(fd, 0, Math.min(HEAD_BYTES, position)), readBytes(fd, position - length, length)];
}

/** Bytes of a file; fewer where it ends before. */
function readBytes(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}

/**
 * A session's log, read as it grows: each line once. Notices when another log has taken its place: another file, a
 * shorter one, or the same file with other bytes in it, as after it was cut and has grown again.
 */
export class LogFile {
  readonly dir: string;
  /** The file that is read; -1 before the first reading. */
  inode: number;
  /** Size in bytes at the last reading. */
  size = 0;
  /** Counts how often another log was found in the place of the one that was read. */
  generation = 0;
  #reader = new LineReader();
  #fingerprint: Buffer[] = [];

  /** @param inode of the file to read, where the caller has it open already */
  constructor(dir: string, inode = -1) {
    this.dir = dir;
    this.inode = inode;
  }

  /** Byte offset after the last complete line. */
  get position(): number {
    return this.#reader.position;
  }

  /** Byte offset up to which the file was read; an incomplete line may precede it. */
  get readEnd(): number {
    return this.#reader.end;
  }

  /**
   * Calls `onLine` for each complete line that was appended since the last call, damaged ones too. Where another log is
   * found, starts with that one. Throws the system's error (ENOENT where there is no log).
   * @param startAt returns where to begin in a log of which nothing has been read; by default at its first byte
   * @param maxBytes reads no further chunk after this number of bytes
   */
  read(onLine: (line: Line) => void, startAt?: (fd: number) => number, maxBytes = Infinity): void {
    const { fd, stats } = openFile(logToRead(this.dir));
    try {
      const { ino, size } = stats;
      if (!this.isSameFile(fd, ino, size)) {
        if (this.inode !== -1) this.generation++;
        this.#fingerprint = [];
        this.#reader = new LineReader(startAt?.(fd));
        this.inode = ino;
      }
      this.size = size;
      const start = this.readEnd;
      const chunkBytes = Math.min(CHUNK_BYTES, maxBytes, Math.max(0, size - start));
      const buffer = Buffer.allocUnsafe(chunkBytes);
      while (this.readEnd < size && this.readEnd - start < maxBytes) {
        const bytes = readSync(fd, buffer, 0, Math.min(chunkBytes, size - this.readEnd), this.readEnd);
        if (bytes === 0) break;
        this.push(buffer.subarray(0, bytes), onLine);
      }
      if (this.readEnd !== start || this.#fingerprint.length === 0) this.updateFingerprint(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Whether an open file is the one that was read, with the same bytes up to the end of what was read. */
  isSameFile(fd: number, inode: number, size: number): boolean {
    if (inode !== this.inode || size < this.readEnd) return false;
    const current = fingerprint(fd, this.readEnd);
    return this.#fingerprint.every((part, i) => current[i]?.equals(part));
  }

  /** Takes the bytes that follow `readEnd`, for a caller that reads them itself. */
  push(chunk: Buffer, onLine: (line: Line) => void): void {
    this.#reader.push(chunk, onLine);
  }

  /** Keeps what `isSameFile` compares, for a caller that reads by itself; called after each of its readings. */
  updateFingerprint(fd: number): void {
    this.#fingerprint = fingerprint(fd, this.readEnd);
  }
}
