import { readFileSync } from 'node:fs';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import type { SessionState } from '#protocol/state.ts';

/** A session's folder as hooks and workers would fill it. */
export interface TestSession {
  dir: string;
  publish(...events: NewEvent[]): void;
  state(): SessionState;
  /** The lines of the log of one type. */
  lines(type: string): Record<string, unknown>[];
}

/** Begins a session of Claude Code in `project`; its Claude is this very process, so that it counts as live. */
export function createSession(home: string, project: string, id: string): TestSession {
  const dir = sessionDir(home, id);
  const now = Date.now();
  createLog(dir, now);
  writeSessionInfo(dir, { session: id, project, pid: process.pid, started: now });
  const session: TestSession = {
    dir,
    publish: (...events) => publish(dir, Date.now(), ...events),
    state: () => {
      const log = new SessionLog(dir);
      log.refresh();
      return log.state;
    },
    lines: (type) => linesOf(dir, type),
  };
  session.publish({ t: 'session', session: id, cwd: project, source: 'startup' }, { t: 'turn', state: 'working' });
  return session;
}

/** The lines of a session's log of one type. */
export function linesOf(dir: string, type: string): Record<string, unknown>[] {
  return readFileSync(sessionPaths(dir).log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((event) => event['t'] === type);
}
