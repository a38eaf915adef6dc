import { closeSync, constants, ftruncateSync, readSync, writeSync } from 'node:fs';
import { openFile, type OpenFile } from '#core/base/files/openFile.ts';
import { UnexpectedFileError } from '#core/base/files/ownFolders.ts';
import { removeFile } from '#core/base/files/remove.ts';

/** The size of one copy. */
const BLOCK_BYTES = 1 << 16;

const omissionLine = (omittedBytes: number): Buffer =>
  Buffer.from(`\n[… ${String(omittedBytes).padStart(15)} bytes left out …]\n`);
const lossLine = (lostBytes: number): Buffer => Buffer.from(`\n[… ${lostBytes} bytes could not be written …]\n`);
const OMISSION = /^\n\[\u2026 +(\d+) bytes left out \u2026\]\n$/;
const OMISSION_BYTES = omissionLine(0).length;

/**
 * A file that keeps the head and the tail of any amount of output and never grows beyond `maxBytes`. At the limit the
 * first half stays, the newest quarter moves behind it, and a line between them counts the omitted bytes. Readers see a
 * whole log at any time; another process may continue the file after this one was killed.
 */
export class BoundedLog {
  readonly #fd: number;
  readonly #maxBytes: number;
  readonly #headBytes: number;
  #size: number;
  #omittedBytes: number;
  /** Bytes that came last and could not be written: nothing has been written since. */
  #lostBytes = 0;

  /** Throws if the file cannot be opened. Replaces a link, a pipe or the like instead of writing through it. */
  constructor(path: string, maxBytes: number) {
    const { fd, stats } = openOrReplace(path);
    this.#fd = fd;
    this.#maxBytes = maxBytes;
    this.#headBytes = Math.floor(maxBytes / 2);
    this.#size = stats.size;
    this.#omittedBytes = this.#readOmittedBytes();
  }

  /** Never throws: what cannot be written, as on a full disk, is counted by a line in its place, and the worker goes on. */
  write(data: Buffer): void {
    const rest = this.#lostBytes === 0 ? Buffer.alloc(0) : lossLine(this.#lostBytes);
    const loss = rest.length - this.#append(rest);
    if (loss > 0) {
      this.#size -= rest.length - loss;
      this.#lostBytes += data.length;
    } else this.#lostBytes = data.length - this.#append(data);
  }

  /** Returns how many of the bytes were written. */
  #append(data: Buffer): number {
    let at = 0;
    try {
      while (at < data.length) {
        const part = data.subarray(at, at + BLOCK_BYTES);
        if (this.#size + part.length > this.#maxBytes) this.#dropMiddle();
        const written = writeSync(this.#fd, part, 0, part.length, this.#size);
        this.#size += written;
        at += written;
        if (written < part.length) break;
      }
    } catch {
      // the disk is full, or failing
    }
    return at;
  }

  close(): void {
    if (this.#lostBytes > 0) this.#append(lossLine(this.#lostBytes));
    closeSync(this.#fd);
  }

  #readOmittedBytes(): number {
    const line = Buffer.alloc(OMISSION_BYTES);
    if (readSync(this.#fd, line, 0, OMISSION_BYTES, this.#headBytes) < OMISSION_BYTES) return 0;
    return Number(OMISSION.exec(line.toString('utf8'))?.[1] ?? 0);
  }

  /** Moves the newest quarter to just behind the head. */
  #dropMiddle(): void {
    const start = this.#headBytes + OMISSION_BYTES;
    const from = this.#lineAfter(Math.max(start, this.#size - Math.floor(this.#maxBytes / 4)));
    this.#omittedBytes += from - (this.#omittedBytes === 0 ? this.#headBytes : start);
    writeSync(this.#fd, omissionLine(this.#omittedBytes), 0, OMISSION_BYTES, this.#headBytes);
    const block = Buffer.alloc(BLOCK_BYTES);
    let to = start;
    for (let at = from; at < this.#size; at += BLOCK_BYTES) {
      const length = readSync(this.#fd, block, 0, Math.min(BLOCK_BYTES, this.#size - at), at);
      writeSync(this.#fd, block, 0, length, to);
      to += length;
    }
    ftruncateSync(this.#fd, to);
    this.#size = to;
  }

  /** The position of the next line, if one begins within a block. */
  #lineAfter(position: number): number {
    const block = Buffer.alloc(BLOCK_BYTES);
    const length = readSync(this.#fd, block, 0, Math.min(BLOCK_BYTES, this.#size - position), position);
    return position + block.subarray(0, length).indexOf('\n') + 1;
  }
}

function openOrReplace(path: string): OpenFile {
  const open = (): OpenFile => openFile(path, constants.O_RDWR | constants.O_CREAT);
  try {
    return open();
  } catch (error) {
    if (!(error instanceof UnexpectedFileError)) throw error;
    removeFile(path);
    return open();
  }
}

/** The last lines of a file, at most `lines` of them and `maxBytes`; empty if the file cannot be opened. */
export function lastLines(path: string, lines: number, maxBytes: number): string {
  let fd: number | undefined;
  try {
    const file = openFile(path);
    fd = file.fd;
    const { size } = file.stats;
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const all = bytes.toString('utf8').trimEnd().split('\n');
    // the first line may be cut
    return (size > maxBytes && all.length > 1 ? all.slice(1) : all).slice(-lines).join('\n');
  } catch {
    return '';
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
