import { l10n } from 'vscode';
import { hasEnded } from '#core/fold/conditions.ts';
import { abortWorker } from '#core/workers/abortWorker.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { reportForeignWrites } from '#core/workers/foreignWrites.ts';
import { startWorkers } from '#core/workers/startWorkers.ts';
import { USER } from '#protocol/ids.ts';
import type { Settings } from '#protocol/settings.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { recordedRuntime } from '#core/install/runtimeFiles.ts';

/** How often the workers' folders are checked for foreign writes, which reads many files. */
const POLL_MS = 15_000;

export interface WorkerControlOptions {
  home: string;
  settings: () => Settings;
}

/**
 * Ends workers: aborts one for the person, and reports those as lost whose process is gone. Others may be able to start
 * then.
 */
export class WorkerControl {
  readonly #options: WorkerControlOptions;
  readonly #checkedMs = new Map<string, number>();

  constructor(options: WorkerControlOptions) {
    this.#options = options;
  }

  async abort(dir: string, worker: string, word?: string): Promise<void> {
    const log = new SessionLog(dir);
    const graceMs = this.#options.settings()['workers.abortGraceSeconds'] * 1000;
    const outcome = await abortWorker({ log, worker, by: USER, word, graceMs, now: Date.now });
    if (outcome.kind === 'remaining') {
      throw new HumanError(
        outcome.pids.length === 0
          ? l10n.t('{0} was told to stop but could not be ended. Its processes cannot be told from others.', worker)
          : l10n.t(
              '{0} was told to stop but could not be ended. These processes remain: {1}.',
              worker,
              outcome.pids.join(', '),
            ),
      );
    }
    if (outcome.kind !== 'ended') return;
    log.refresh();
    this.#startNext(log);
  }

  /**
   * Reports lost workers and, every now and then, foreign writes into workers' folders; starts those that can start. It takes
   * the log as it was folded last: to fold it a second time would take as long again.
   */
  supervise(log: SessionLog): void {
    const now = Date.now();
    this.#reportForeignWrites(log, now);
    reportLost(log, now);
    this.#startNext(log);
  }

  /** Starts the workers of a session that can start. */
  startNext(dir: string): void {
    const log = new SessionLog(dir);
    log.refresh();
    this.#startNext(log);
  }

  #reportForeignWrites(log: SessionLog, now: number): void {
    if (now - (this.#checkedMs.get(log.dir) ?? 0) < POLL_MS) return;
    this.#checkedMs.set(log.dir, now);
    reportForeignWrites(log, now);
  }

  #startNext(log: SessionLog): void {
    // most sessions have no plan, and are supervised every few seconds
    if (![...log.state.workers.values()].some((worker) => worker.run !== undefined && !hasEnded(worker))) return;
    const { home, settings } = this.#options;
    const runtime = recordedRuntime(home);
    if (runtime === undefined) return;
    const env = { ...process.env, ...runtime.env };
    startWorkers({ log, home, maxParallel: settings()['workers.maxParallel'], env, node: runtime.node });
  }
}
