import type { Event } from '#protocol/event.ts';
import { MAX_LINE_BYTES, parseEvent } from '#protocol/parseEvent.ts';
import { type Line } from './lineReader.ts';
import { LogFile } from './logFile.ts';

const MIN_CHUNK_BYTES = 64 * 1024;

/** A session's log line by line from a position on: each line once, damaged ones too. */
export class LogTail extends LogFile {
  readonly #start: number;

  constructor(dir: string, start = 0) {
    super(dir);
    this.#start = start;
  }

  /** The part of the file that was read, 0 to 1, measured at the last call of `next`. */
  get fraction(): number {
    return this.size === 0 ? 1 : Math.min(1, this.readEnd / this.size);
  }

  /**
   * The lines that were appended since the last call; another log's from its beginning, if `generation` has grown.
   * @param maxBytes reads about this much at most; then `fraction` is below 1 while there is more
   * Throws the system's error.
   */
  next(maxBytes = Infinity): Line[] {
    const lines: Line[] = [];
    const start = this.inode === -1 ? this.#start : 0;
    this.read(
      (line) => lines.push(line),
      () => start,
      Math.max(MIN_CHUNK_BYTES, maxBytes),
    );
    return lines;
  }
}

/** The event whose line starts at a position of a session's log; undefined if there is none. Throws the system's error. */
export function eventAt(dir: string, position: number): Event | undefined {
  const [line] = new LogTail(dir, position).next(MAX_LINE_BYTES + 1);
  if (line?.pos !== position || !('value' in line)) return undefined;
  const parsed = parseEvent(line.value);
  return parsed.kind === 'event' ? parsed.event : undefined;
}
