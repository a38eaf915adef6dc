import { closeSync, readSync } from 'node:fs';
import { statOf } from '#core/base/files/facts.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { foldLine } from './fold.ts';
import { emptyTranscript, type TranscriptState } from './transcriptState.ts';

/** Reading and folding one chunk takes about a millisecond. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Lines in which newer versions repeat what they send to the model: two thirds of a transcript. `type` stands first in one of
 * these, and after the ids in the other; within a text its quotes would be escaped.
 */
const REPETITION =
  /^\{(?:"type":"api-request|"parentUuid":[^{]{0,200}"attachment":\{"type":"prompt_snapshot"|"isSidechain":[^{]{0,200}"attachment":\{"type":"prompt_snapshot")/;

/** Whether a line that begins so is of no use here. */
export const isRepetition = (start: string): boolean => REPETITION.test(start);

/**
 * One transcript, read as it grows and never written. The path comes from outside: only a regular file of this user
 * whose name ends in `.jsonl` is opened, and no link to it is followed.
 */
export class TranscriptTail {
  readonly path: string;
  #state = emptyTranscript();
  #reader = new LineReader(0, isRepetition);
  #inode = -1;

  constructor(path: string) {
    this.path = path;
  }

  get state(): TranscriptState {
    return this.#state;
  }

  /**
   * Reads what was appended in chunks; `canContinue` is called before each further chunk. Starts anew where the file was
   * replaced or cut. Returns whether anything was read and whether there is more. A file that does not exist or may not
   * be read counts as unchanged.
   */
  read(canContinue: () => boolean): { changed: boolean; more: boolean } {
    // an unchanged transcript costs one stat
    const onDisk = statOf(this.path);
    if (onDisk === undefined || (onDisk.ino === this.#inode && onDisk.size === this.#offset))
      return { changed: false, more: false };
    if (!this.path.endsWith('.jsonl')) return { changed: false, more: false };
    let fd: number | undefined;
    try {
      const file = openFile(this.path);
      fd = file.fd;
      const { size, ino, uid } = file.stats;
      if (uid !== (process.getuid?.() ?? uid)) return { changed: false, more: false };
      if (ino !== this.#inode || size < this.#offset) this.#restart(ino);
      return this.#readTo(fd, size, canContinue);
    } catch {
      return { changed: false, more: false };
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  get #offset(): number {
    return this.#reader.end;
  }

  #restart(inode: number): void {
    this.#inode = inode;
    this.#state = emptyTranscript();
    this.#reader = new LineReader(0, isRepetition);
  }

  #readTo(fd: number, size: number, canContinue: () => boolean): { changed: boolean; more: boolean } {
    const start = this.#offset;
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(0, size - start)));
    while (this.#offset < size) {
      if (this.#offset > start && !canContinue()) return { changed: true, more: true };
      const bytes = readSync(fd, buffer, 0, Math.min(buffer.length, size - this.#offset), this.#offset);
      if (bytes === 0) break;
      this.#reader.push(buffer.subarray(0, bytes), (line) => foldLine(this.#state, line));
    }
    return { changed: this.#offset > start, more: false };
  }
}
