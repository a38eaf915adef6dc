import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState, Worker } from '#protocol/state.ts';

/** The worker that a joined session is, if it is one. */
export const joinedWorker = (state: SessionState, session: string): Worker | undefined =>
  [...state.workers.values()].findLast((worker) => worker.session === session);

/**
 * In whose role a Claude Code session acts in a folder: the Conductor's own is the last one that said so there; every
 * other one acts as the worker that it joined as, that its runner named, or by its own short name.
 */
export function roleOf(state: SessionState, session: string, env: NodeJS.ProcessEnv): string {
  if (state.session.id === undefined || state.session.id === session) return CONDUCTOR;
  return joinedWorker(state, session)?.id ?? workerName(env, session);
}

/** The name in the log of a session that is not the Conductor's: its worker's, else one from its own id. */
export const workerName = (env: NodeJS.ProcessEnv, session: string): string =>
  env['FERMATA_WORKER'] || `session-${session.slice(0, 8)}`;
