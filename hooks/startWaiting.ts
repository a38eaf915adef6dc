import { diary } from '../src/core/diary.ts';
import { startWorkers } from '../src/core/startWorkers.ts';
import type { Visit } from './visit.ts';

/** Starts planned workers that may start now: no runner may be left to do it. What goes wrong is written down, no more. */
export function startWaiting({ dir, state, settings, around: { home, env, now } }: Visit): void {
  try {
    startWorkers({ dir, home, state, maxParallel: settings['workers.maxParallel'], env });
  } catch (error) {
    diary(home, 'hook', now(), `workers could not be started: ${(error as Error).message}`);
  }
}
