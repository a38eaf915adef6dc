import { existsSync } from 'node:fs';
import { hasEnded } from '#core/fold/conditions.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { HookCalls } from './hookCalls.ts';

/** Leaves an ordinary session that has ended: whatever still works is aborted by its runner, and Claude says goodbye. */
export async function endSession(target: { home: string; project: string; session: string }): Promise<void> {
  const dir = sessionDir(target.home, target.session);
  if (!existsSync(sessionPaths(dir).log)) return;
  const log = new SessionLog(dir);
  log.refresh();
  const running = [...log.state.workers.values()].filter((worker) => !hasEnded(worker));
  if (running.length > 0)
    publish(dir, Date.now(), ...running.map(({ id }) => ({ t: 'abort' as const, worker: id, by: 'user' })));
  // a signal that has come already must not end this call, too
  await new HookCalls({ ...target, signal: new AbortController().signal }).fire('SessionEnd', { reason: 'other' });
}
