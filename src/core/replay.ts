import { readFileSync } from 'node:fs';
import type { SessionState } from '../protocol/state.ts';
import { reduce } from './fold/reduce.ts';
import { emptyState } from './fold/state.ts';
import { LineReader, type Line } from './lines.ts';
import { sessionPaths } from './paths.ts';

/** The state after the first `events` events of a session's log: replay is folding a prefix. Throws the system's error. */
export function stateAt(dir: string, events: number): SessionState {
  const state = emptyState();
  for (const line of readLines(dir)) {
    if (state.events >= events) break;
    reduce(state, line);
  }
  return state;
}

/** All lines of a session's log, damaged ones too. */
export function readLines(dir: string): Line[] {
  const lines: Line[] = [];
  new LineReader().push(readFileSync(sessionPaths(dir).log), (line) => lines.push(line));
  return lines;
}
