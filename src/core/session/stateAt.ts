import { readFileSync } from 'node:fs';
import type { SessionState } from '#protocol/state.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader } from '#core/log/lineReader.ts';

/** The state after the first `events` events of a session's log: replay is folding a prefix. Throws the system's error. */
export function stateAt(dir: string, events: number): SessionState {
  const state = emptyState();
  new LineReader().push(readFileSync(sessionPaths(dir).log), (line) => {
    if (state.events < events) reduce(state, line);
  });
  return state;
}
