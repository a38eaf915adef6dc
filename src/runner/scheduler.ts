import { hasEnded } from '#core/fold/conditions.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { readSessionInfo } from '#core/session/info.ts';
import { loadSettings } from '#core/base/settings.ts';
import { startWorkers } from '#core/workers/startWorkers.ts';

export interface SchedulerOptions {
  log: SessionLog;
  home: string;
  /** The runner's own program. */
  runner: string;
  onError: (error: unknown) => void;
}

/** Starts the workers that became startable, while a runner watches and once more when its worker has ended. */
export class Scheduler {
  readonly #options: SchedulerOptions;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Starts what may start now. Never throws. */
  start(): void {
    const { log, home, runner, onError } = this.#options;
    const { dir, state } = log;
    if (![...state.workers.values()].some((w) => w.run !== undefined && !hasEnded(w))) return;
    try {
      const project = readSessionInfo(dir)?.project ?? state.session.cwd;
      const maxParallel = loadSettings(home, project)['workers.maxParallel'];
      startWorkers({ dir, home, state, maxParallel, env: process.env, runner });
    } catch (error) {
      onError(error);
    }
  }
}
