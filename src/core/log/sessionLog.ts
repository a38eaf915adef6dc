import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { SessionState } from '../../protocol/state.ts';
import { reduce } from '../fold/reduce.ts';
import { emptyState } from '../fold/state.ts';
import { LineReader } from './lines.ts';
import { marksAt } from './marks.ts';
import { newerFormat } from './newerFormat.ts';
import { readSnapshot } from './snapshot.ts';
import { sessionPaths } from '../paths.ts';

const CHUNK = 1 << 20;

/**
 * One session's log as state, kept current by `refresh`. Reads only what is new; starts from the snapshot where there
 * is a good one; starts anew when the file was replaced or cut. Synchronous, for programs that must answer at once.
 */
export class SessionLog {
  readonly dir: string;
  #state: SessionState = emptyState();
  #reader = new LineReader();
  #inode = -1;
  /** What was read, as far as it is looked at again: the beginning, and what came last. */
  #marks: Buffer[] = [];
  /** Up to where there is a snapshot, and how large it is, bytes. */
  snapshotAt = 0;
  snapshotSize = 0;
  /** Counts the logs that this object has seen: it grows when the file was replaced or cut. */
  generation = 0;

  constructor(dir: string) {
    this.dir = dir;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Of the file that is read; -1 before the first time. */
  get inode(): number {
    return this.#inode;
  }

  /** Byte offset up to which the state is folded. */
  get position(): number {
    return this.#reader.position;
  }

  /** A log of a newer format is shown, never answered from or appended to. */
  get readOnly(): boolean {
    return newerFormat(this.#state) !== undefined;
  }

  /**
   * Folds what was appended since the last call, calling `each` after every line. Returns whether there was anything.
   * Throws the system's error where the log cannot be read (ENOENT before the session's first event).
   */
  refresh(each?: (state: SessionState) => void): boolean {
    const fd = openSync(sessionPaths(this.dir).log, 'r');
    try {
      if (!this.isOf(fd)) this.#restart(fd);
      const { size, ino } = fstatSync(fd);
      this.#inode = ino;
      const before = this.#fed;
      const news = this.#read(fd, size, each);
      if (this.#fed !== before || this.#marks.length === 0) this.#marks = marksAt(fd, this.#fed);
      return news;
    } finally {
      closeSync(fd);
    }
  }

  /** How many bytes of the file were read. */
  get #fed(): number {
    return this.#reader.position + this.#reader.pending;
  }

  /** Whether an open file is still the one that was read so far. One that was cut or rewritten and has regrown has the same inode. */
  isOf(fd: number): boolean {
    const { size, ino } = fstatSync(fd);
    if (ino !== this.#inode || size < this.#fed) return false;
    const now = marksAt(fd, this.#fed);
    return this.#marks.every((mark, i) => now[i]?.equals(mark));
  }

  #restart(fd: number): void {
    const snapshot = readSnapshot(this.dir, fd);
    const first = this.#inode === -1;
    this.#state = snapshot?.state ?? emptyState();
    this.#reader = new LineReader(snapshot?.position ?? 0);
    this.snapshotAt = this.#reader.position;
    this.snapshotSize = snapshot?.size ?? 0;
    this.#marks = [];
    if (!first) this.generation++;
  }

  #read(fd: number, size: number, each?: (state: SessionState) => void): boolean {
    const before = this.#reader.position;
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, size - before)));
    let offset = this.#fed;
    while (offset < size) {
      const bytes = readSync(fd, buffer, 0, Math.min(buffer.length, size - offset), offset);
      if (bytes === 0) break;
      offset += bytes;
      this.#reader.push(buffer.subarray(0, bytes), (line) => {
        reduce(this.#state, line);
        each?.(this.#state);
      });
    }
    return this.#reader.position !== before;
  }
}
