import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';

/** How much is moved at a time. */
const BLOCK_BYTES = 1 << 16;

const omissionLine = (omittedBytes: number): Buffer =>
  Buffer.from(`\n[… ${String(omittedBytes).padStart(15)} bytes left out …]\n`);
const OMISSION = /^\n\[\u2026 +(\d+) bytes left out \u2026\]\n$/;
const OMISSION_BYTES = omissionLine(0).length;

/**
 * A file that takes any amount and keeps head and tail: it never grows beyond `most` bytes. Where the limit is reached,
 * the first half stays, of the rest only the newest quarter, and a line between them says how much is missing. Whoever
 * opens it at any time reads a whole log. Another process may go on with it after this one was killed.
 */
export class BoundedLog {
  readonly #fd: number;
  readonly #maxBytes: number;
  readonly #headBytes: number;
  #size: number;
  #omittedBytes: number;

  /** Throws the system's error where the file cannot be opened; a link in its place is replaced, never followed. */
  constructor(path: string, maxBytes: number) {
    this.#fd = openNoFollow(path);
    this.#maxBytes = maxBytes;
    this.#headBytes = Math.floor(maxBytes / 2);
    this.#size = fstatSync(this.#fd).size;
    this.#omittedBytes = this.#readOmittedBytes();
  }

  write(data: Buffer): void {
    for (let at = 0; at < data.length; at += BLOCK_BYTES) {
      const part = data.subarray(at, at + BLOCK_BYTES);
      if (this.#size + part.length > this.#maxBytes) this.#dropMiddle();
      writeSync(this.#fd, part, 0, part.length, this.#size);
      this.#size += part.length;
    }
  }

  close(): void {
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

  /** Where the next line begins, if that is near. */
  #lineAfter(position: number): number {
    const block = Buffer.alloc(BLOCK_BYTES);
    const length = readSync(this.#fd, block, 0, Math.min(BLOCK_BYTES, this.#size - position), position);
    return position + block.subarray(0, length).indexOf('\n') + 1;
  }
}

function openNoFollow(path: string): number {
  const open = (): number => openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    return open();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
    unlinkSync(path);
    return open();
  }
}

/** The last lines of a file: at most `lines` of them and `most` bytes. Empty where there is none. */
export function lastLines(path: string, lines: number, maxBytes: number): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const all = bytes.toString('utf8').trimEnd().split('\n');
    // the first one may have lost its beginning
    return (size > maxBytes && all.length > 1 ? all.slice(1) : all).slice(-lines).join('\n');
  } finally {
    closeSync(fd);
  }
}
