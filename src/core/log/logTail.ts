import { sessionPaths } from '#core/base/paths.ts';
import type { Line } from './lineReader.ts';
import { LogFile } from './logFile.ts';

/** A session's log line by line from a position on: each line once, damaged ones too. */
export class LogTail {
  readonly #file: LogFile;
  readonly #start: number;

  constructor(dir: string, start = 0) {
    this.#file = new LogFile(sessionPaths(dir).log);
    this.#start = start;
  }

  /** Counts how often the log was found replaced or cut: the lines after that are another log's, from its beginning. */
  get generation(): number {
    return this.#file.generation;
  }

  /** The part of the file that was read, 0 to 1, measured at the last call of `next`. */
  get fraction(): number {
    const { size, readEnd } = this.#file;
    return size === 0 ? 1 : Math.min(1, readEnd / size);
  }

  /**
   * The lines that were appended since the last call.
   * @param maxBytes reads about this much at most; then `fraction` is below 1 while there is more
   * Throws the system's error.
   */
  next(maxBytes = Infinity): Line[] {
    const lines: Line[] = [];
    const isFirst = this.#file.inode === -1;
    this.#file.read((line) => lines.push(line), { maxBytes, startAt: () => (isFirst ? this.#start : 0) });
    return lines;
  }
}
