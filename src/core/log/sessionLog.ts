import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import type { SessionState } from '../../protocol/state.ts';
import { writeFileAtomic } from '../atomicFile.ts';
import { reduce } from '../fold/reduce.ts';
import { emptyState } from '../fold/state.ts';
import { decodeState, encodeState } from '../fold/stateText.ts';
import { LineReader } from './lines.ts';
import { marksAt } from './marks.ts';
import { newerFormat } from './newerFormat.ts';
import { sessionPaths } from '../paths.ts';

const CHUNK = 1 << 20;
/** A snapshot is written when more than this has been folded since the last one. */
const SNAPSHOT_EVERY = 256 * 1024;

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
  #snapshotAt = 0;
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
      const { size, ino } = fstatSync(fd);
      if (!this.#isSame(fd, size, ino)) this.#restart(fd);
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

  /** Whether it is still the file that was read so far. One that was cut or rewritten and has regrown has the same inode. */
  #isSame(fd: number, size: number, inode: number): boolean {
    if (inode !== this.#inode || size < this.#fed) return false;
    const now = marksAt(fd, this.#fed);
    return this.#marks.every((mark, i) => now[i]?.equals(mark));
  }

  #restart(fd: number): void {
    const snapshot = readSnapshot(this.dir, fd);
    const first = this.#inode === -1;
    this.#state = snapshot?.state ?? emptyState();
    this.#reader = new LineReader(snapshot?.position ?? 0);
    this.#snapshotAt = this.#reader.position;
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

  /** Writes a snapshot if much was folded since the last one. A cache: failing to write it is no failure. */
  saveSnapshot(least: number = SNAPSHOT_EVERY): void {
    const { position } = this.#reader;
    if (position - this.#snapshotAt < least || this.readOnly) return;
    try {
      const paths = sessionPaths(this.dir);
      const fd = openSync(paths.log, 'r');
      try {
        const { size, ino } = fstatSync(fd);
        // replaced since it was folded: this state is not the state of those bytes
        if (!this.#isSame(fd, size, ino)) return;
        const head = { nonce: this.#state.nonce, position, marks: markTexts(fd, position) };
        writeFileAtomic(paths.snapshot, `${JSON.stringify(head)}\n${encodeState(this.#state)}`, {
          mode: 0o600,
          // a cache: one that a crash has torn is no state, and is not used
          durable: false,
        });
        this.#snapshotAt = position;
      } finally {
        closeSync(fd);
      }
    } catch {
      // the next one who folds as much tries again
    }
  }
}

const markTexts = (fd: number, position: number): string[] =>
  marksAt(fd, position).map((mark) => mark.toString('latin1'));

function readSnapshot(dir: string, fd: number): { state: SessionState; position: number } | undefined {
  try {
    const text = readFileSync(sessionPaths(dir).snapshot, 'utf8');
    const newline = text.indexOf('\n');
    const head = JSON.parse(text.slice(0, newline)) as { nonce?: unknown; position?: unknown; marks?: unknown };
    if (typeof head.position !== 'number' || !Number.isSafeInteger(head.position) || head.position < 0)
      return undefined;
    // compared as they are: a hash would need cryptography, which takes longer to load than all of this
    const marks = JSON.stringify(markTexts(fd, head.position));
    if (fstatSync(fd).size < head.position || JSON.stringify(head.marks) !== marks) return undefined;
    const state = decodeState(text.slice(newline + 1));
    return state !== undefined && state.nonce === head.nonce ? { state, position: head.position } : undefined;
  } catch {
    return undefined;
  }
}
