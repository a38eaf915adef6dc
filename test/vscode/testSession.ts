import { createLog, type NewEvent } from '#core/log/append.ts';
import { sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import type { SessionState } from '#protocol/state.ts';
import { eventsOf, stateOf } from '#test/lib/readSession.ts';

/** A session's folder with the content that hooks and workers would write. */
export interface TestSession {
  dir: string;
  publish(...events: NewEvent[]): void;
  state(): SessionState;
  /** The events of one type in the log file. */
  events(type: string): Record<string, unknown>[];
}

/** Begins a session of Claude Code in `project`; it records this process as its Claude, so that it counts as live. */
export function createSession(home: string, project: string, id: string): TestSession {
  const dir = sessionDir(home, id);
  const now = Date.now();
  createLog(dir, now);
  writeSessionInfo(dir, { session: id, project, pid: process.pid, started: now });
  const session: TestSession = {
    dir,
    publish: (...events) => publish(dir, Date.now(), ...events),
    state: () => stateOf(dir),
    events: (type) => eventsOf(dir, type),
  };
  session.publish({ t: 'session', session: id, cwd: project, source: 'startup' }, { t: 'turn', state: 'working' });
  return session;
}
