import { fermataHome } from '#core/base/paths.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { superviseWorkers } from '#core/workers/startWorkers.ts';
import type { Call } from './verb.ts';

/** Supervises planned workers, as every process does that has read the log: starts the due ones, reports the lost ones. */
export function supervise({ io }: Call, log: SessionLog, refresh?: () => void): void {
  if (log.state.runs.size === 0) return;
  const home = fermataHome(io.env);
  superviseWorkers({ log, home, env: io.env, now: io.now(), refresh });
}
