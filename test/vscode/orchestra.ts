import { readFileSync } from 'node:fs';
import { createLog } from '../../src/core/log/append.ts';
import type { NewEvent } from '../../src/core/log/append.ts';
import { sessionDir, sessionPaths } from '../../src/core/paths.ts';
import { say } from '../../src/core/log/say.ts';
import { writeSessionInfo } from '../../src/core/session/sessionInfo.ts';
import { SessionLog } from '../../src/core/log/sessionLog.ts';
import type { SessionState } from '../../src/protocol/state.ts';

/** A session's folder as hooks and workers would fill it. */
export interface Orchestra {
  dir: string;
  say(...events: NewEvent[]): void;
  state(): SessionState;
  /** The lines of the log of one type. */
  lines(type: string): Record<string, unknown>[];
}

/** Begins a session of Claude Code in `project`; its Claude is this very process, so that it counts as live. */
export function beginSession(home: string, project: string, id: string): Orchestra {
  const dir = sessionDir(home, id);
  const now = Date.now();
  createLog(dir, now);
  writeSessionInfo(dir, { session: id, project, pid: process.pid, started: now });
  const orchestra: Orchestra = {
    dir,
    say: (...events) => say(dir, Date.now(), ...events),
    state: () => {
      const log = new SessionLog(dir);
      log.refresh();
      return log.state;
    },
    lines: (type) => linesOf(dir, type),
  };
  orchestra.say({ t: 'session', session: id, cwd: project, source: 'startup' }, { t: 'turn', state: 'working' });
  return orchestra;
}

/** The lines of a session's log of one type. */
export function linesOf(dir: string, type: string): Record<string, unknown>[] {
  return readFileSync(sessionPaths(dir).log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((event) => event['t'] === type);
}
