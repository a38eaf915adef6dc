import { hasEnded } from '../core/fold/conditions.ts';
import type { SessionLog } from '../core/sessionLog.ts';
import { readSessionInfo } from '../core/sessionInfo.ts';
import { loadSettings } from '../core/settingsFile.ts';
import { orphans, startWorkers, workersToStart } from '../core/startWorkers.ts';

/** A runner needs a moment to claim its worker; before this has passed nobody starts another one for it. */
const PATIENCE_MS = 5000;

/** Starts the workers that became startable, while a runner watches and once more when its worker has ended. */
export class Starter {
  readonly #log: SessionLog;
  readonly #home: string;
  readonly #runner: string;
  readonly #tell: (error: unknown) => void;
  #started = '';
  #startedMs = 0;

  constructor({
    log,
    home,
    runner,
    tell,
  }: {
    log: SessionLog;
    home: string;
    runner: string;
    tell: (error: unknown) => void;
  }) {
    this.#log = log;
    this.#home = home;
    this.#runner = runner;
    this.#tell = tell;
  }

  /** Starts what may start now; the same again only after a while. Never throws. */
  start(): void {
    const { dir, state } = this.#log;
    if (![...state.workers.values()].some((w) => w.run !== undefined && !hasEnded(w))) return;
    try {
      const project = readSessionInfo(dir)?.project ?? state.session.cwd;
      const maxParallel = loadSettings(this.#home, project).settings['workers.maxParallel'];
      const wanted = [...workersToStart({ dir, state, maxParallel }), ...orphans({ dir, state })].join(' ');
      if (wanted === '' || (wanted === this.#started && Date.now() - this.#startedMs < PATIENCE_MS)) return;
      this.#started = wanted;
      this.#startedMs = Date.now();
      startWorkers({ dir, home: this.#home, state, maxParallel, env: process.env, runner: this.#runner });
    } catch (error) {
      this.#tell(error);
    }
  }
}
