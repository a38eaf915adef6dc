import { startWorkers } from '../src/core/startWorkers.ts';
import type { Visit } from './visit.ts';

/** Starts planned workers that may start now: no runner may be left to do it. Throws what went wrong. */
export function startWaiting({ dir, state, settings, around: { home, env } }: Visit): void {
  startWorkers({ dir, home, state, maxParallel: settings['workers.maxParallel'], env });
}
