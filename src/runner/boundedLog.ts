import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';

/** How much is moved at a time. */
const BLOCK = 1 << 16;

const markOf = (left: number): Buffer => Buffer.from(`\n[… ${String(left).padStart(15)} bytes left out …]\n`);
const MARK = /^\n\[\u2026 +(\d+) bytes left out \u2026\]\n$/;
const MARK_BYTES = markOf(0).length;

/**
 * A file that takes any amount and keeps head and tail: it never grows beyond `most` bytes. Where the limit is reached,
 * the first half stays, of the rest only the newest quarter, and a line between them says how much is missing. Whoever
 * opens it at any time reads a whole log. Another process may go on with it after this one was killed.
 */
export class BoundedLog {
  readonly #fd: number;
  readonly #most: number;
  readonly #head: number;
  #size: number;
  #left: number;

  /** Throws the system's error where the file cannot be opened; a link in its place is replaced, never followed. */
  constructor(path: string, most: number) {
    this.#fd = openOwn(path);
    this.#most = most;
    this.#head = Math.floor(most / 2);
    this.#size = fstatSync(this.#fd).size;
    this.#left = this.#leftSoFar();
  }

  write(data: Buffer): void {
    for (let at = 0; at < data.length; at += BLOCK) {
      const part = data.subarray(at, at + BLOCK);
      if (this.#size + part.length > this.#most) this.#fold();
      writeSync(this.#fd, part, 0, part.length, this.#size);
      this.#size += part.length;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #leftSoFar(): number {
    const mark = Buffer.alloc(MARK_BYTES);
    if (readSync(this.#fd, mark, 0, MARK_BYTES, this.#head) < MARK_BYTES) return 0;
    return Number(MARK.exec(mark.toString('utf8'))?.[1] ?? 0);
  }

  /** Moves the newest quarter to just behind the head. */
  #fold(): void {
    const start = this.#head + MARK_BYTES;
    const from = this.#lineAfter(Math.max(start, this.#size - Math.floor(this.#most / 4)));
    this.#left += from - (this.#left === 0 ? this.#head : start);
    writeSync(this.#fd, markOf(this.#left), 0, MARK_BYTES, this.#head);
    const block = Buffer.alloc(BLOCK);
    let to = start;
    for (let at = from; at < this.#size; at += BLOCK) {
      const length = readSync(this.#fd, block, 0, Math.min(BLOCK, this.#size - at), at);
      writeSync(this.#fd, block, 0, length, to);
      to += length;
    }
    ftruncateSync(this.#fd, to);
    this.#size = to;
  }

  /** Where the next line begins, if that is near. */
  #lineAfter(position: number): number {
    const block = Buffer.alloc(BLOCK);
    const length = readSync(this.#fd, block, 0, Math.min(BLOCK, this.#size - position), position);
    return position + block.subarray(0, length).indexOf('\n') + 1;
  }
}

function openOwn(path: string): number {
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
export function lastLines(path: string, lines: number, most: number): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, most));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const all = bytes.toString('utf8').trimEnd().split('\n');
    // the first one may have lost its beginning
    return (size > most && all.length > 1 ? all.slice(1) : all).slice(-lines).join('\n');
  } finally {
    closeSync(fd);
  }
}
