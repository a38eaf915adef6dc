import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { SessionState } from '#protocol/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { fingerprint } from '#core/log/fingerprint.ts';
import { newerFormatReason } from '#core/fold/queries.ts';
import { readSnapshot } from './snapshot.ts';
import { sessionPaths } from '#core/base/paths.ts';

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
  #fingerprint: Buffer[] = [];
  /** Up to where there is a snapshot, and how large it is, bytes. */
  snapshotPosition = 0;
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
    return newerFormatReason(this.#state) !== undefined;
  }

  /**
   * Folds what was appended since the last call, calling `each` after every line. Returns whether there was anything.
   * Throws the system's error where the log cannot be read (ENOENT before the session's first event).
   */
  refresh(onState?: (state: SessionState) => void): boolean {
    const fd = openSync(sessionPaths(this.dir).log, 'r');
    try {
      if (!this.isSameFile(fd)) this.#restart(fd);
      const { size, ino } = fstatSync(fd);
      this.#inode = ino;
      const bytesBefore = this.#bytesRead;
      const changed = this.#read(fd, size, onState);
      if (this.#bytesRead !== bytesBefore || this.#fingerprint.length === 0)
        this.#fingerprint = fingerprint(fd, this.#bytesRead);
      return changed;
    } finally {
      closeSync(fd);
    }
  }

  /** How many bytes of the file were read. */
  get #bytesRead(): number {
    return this.#reader.position + this.#reader.pending;
  }

  /** Whether an open file is still the one that was read so far. One that was cut or rewritten and has regrown has the same inode. */
  isSameFile(fd: number): boolean {
    const { size, ino } = fstatSync(fd);
    if (ino !== this.#inode || size < this.#bytesRead) return false;
    const current = fingerprint(fd, this.#bytesRead);
    return this.#fingerprint.every((part, i) => current[i]?.equals(part));
  }

  #restart(fd: number): void {
    const snapshot = readSnapshot(this.dir, fd);
    const isFirst = this.#inode === -1;
    this.#state = snapshot?.state ?? emptyState();
    this.#reader = new LineReader(snapshot?.position ?? 0);
    this.snapshotPosition = this.#reader.position;
    this.snapshotSize = snapshot?.size ?? 0;
    this.#fingerprint = [];
    if (!isFirst) this.generation++;
  }

  #read(fd: number, size: number, onState?: (state: SessionState) => void): boolean {
    const positionBefore = this.#reader.position;
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, size - positionBefore)));
    let offset = this.#bytesRead;
    while (offset < size) {
      const bytes = readSync(fd, buffer, 0, Math.min(buffer.length, size - offset), offset);
      if (bytes === 0) break;
      offset += bytes;
      this.#reader.push(buffer.subarray(0, bytes), (line) => {
        reduce(this.#state, line);
        onState?.(this.#state);
      });
    }
    return this.#reader.position !== positionBefore;
  }
}
