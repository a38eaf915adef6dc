import { readFileSync } from 'node:fs';
import { sessionPaths } from '#core/base/paths.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import type { SessionState } from '#protocol/state.ts';

/** The state that the log of the session in `dir` folds to. */
export function stateOf(dir: string): SessionState {
  const log = new SessionLog(dir);
  log.refresh();
  return log.state;
}

/** The events of the session's log, as they are in the file; those of one type if `type` is given. A line that is being written is none yet. */
export function eventsOf(dir: string, type?: string): Record<string, unknown>[] {
  const text = readFileSync(sessionPaths(dir).log, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((event) => type === undefined || event['t'] === type);
}
