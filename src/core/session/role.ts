import { SESSION } from '#core/fold/kinds.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState, Worker } from '#protocol/state.ts';

/** The worker as which a session has joined; undefined where it has not. */
export const joinedWorker = (state: SessionState, session: string): Worker | undefined =>
  [...state.workers.values()].findLast((worker) => worker.session === session);

/**
 * The role in which a Claude Code session acts in a session's folder: as the Conductor if the log names it as the
 * session; otherwise as the worker as which it joined, that its runner named, or that is named after its id.
 */
export function roleOf(state: SessionState, session: string, env: NodeJS.ProcessEnv): string {
  if (state.session.id === undefined || state.session.id === session) return CONDUCTOR;
  const joined = joinedWorker(state, session)?.id;
  if (joined !== undefined) return joined;
  const own = workerName({}, session);
  // where it is registered under its id, the name in its environment is of another session
  return state.workers.get(own)?.kind === SESSION ? own : workerName(env, session);
}

/** The worker's name of a session that is not the Conductor's: from its runner, else from its id. */
export const workerName = (env: NodeJS.ProcessEnv, session: string): string =>
  env['FERMATA_WORKER'] || `session-${session.slice(0, 8)}`;
