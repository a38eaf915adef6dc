import { tendWorkers } from '../src/core/workers/tendWorkers.ts';
import type { Visit } from './visit.ts';

/** Does for planned workers what no runner may be left to do. Throws what went wrong. */
export function tend(visit: Visit): void {
  const { log, settings, around } = visit;
  const { home, env, now } = around;
  const refresh = (): void => void visit.refresh();
  tendWorkers({ log, home, maxParallel: settings['workers.maxParallel'], env, now: now(), refresh });
}
