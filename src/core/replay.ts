import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import type { SessionState } from '../protocol/state.ts';
import { reduce } from './fold/reduce.ts';
import { emptyState } from './fold/state.ts';
import { LineReader, type Line } from './lines.ts';
import { sessionPaths } from './paths.ts';

/** The state after the first `events` events of a session's log: replay is folding a prefix. Throws the system's error. */
export function stateAt(dir: string, events: number): SessionState {
  const state = emptyState();
  new LineReader().push(readFileSync(sessionPaths(dir).log), (line) => {
    if (state.events < events) reduce(state, line);
  });
  return state;
}

/** Reads a session's log line by line from a position on, each line once, damaged ones too. */
export class LogTail {
  readonly #path: string;
  readonly #reader: LineReader;

  constructor(dir: string, position = 0) {
    this.#path = sessionPaths(dir).log;
    this.#reader = new LineReader(position);
  }

  /** The lines that were appended since the last call. Throws the system's error. */
  next(): Line[] {
    const lines: Line[] = [];
    const fd = openSync(this.#path, 'r');
    try {
      const { size } = fstatSync(fd);
      const chunk = Buffer.allocUnsafe(64 * 1024);
      for (let at = this.#reader.position + this.#reader.pending; at < size;) {
        const bytes = readSync(fd, chunk, 0, chunk.length, at);
        if (bytes === 0) break;
        at += bytes;
        this.#reader.push(chunk.subarray(0, bytes), (line) => lines.push(line));
      }
    } finally {
      closeSync(fd);
    }
    return lines;
  }
}
