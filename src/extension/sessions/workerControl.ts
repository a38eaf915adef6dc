import { l10n } from 'vscode';
import { abortWorker } from '#core/workers/abortWorker.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { reportForeignWrites } from '#core/workers/foreignWrites.ts';
import { startWorkers } from '#core/workers/startWorkers.ts';
import { USER } from '#protocol/ids.ts';
import type { Settings } from '#protocol/settings.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { recordedRuntime } from '#core/install/runtimeFiles.ts';

/** How often folders of workers are looked at: it reads the file system. */
const POLL_MS = 15_000;

export interface WorkerControlOptions {
  home: string;
  settings: () => Settings;
}

/**
 * What this window does about workers that end: it aborts one when the person says so, and says of those whose process
 * is gone that they are lost. Afterwards others may be startable. Works on logs of its own, never on the store's.
 */
export class WorkerControl {
  readonly #options: WorkerControlOptions;
  readonly #checkedMs = new Map<string, number>();

  constructor(options: WorkerControlOptions) {
    this.#options = options;
  }

  async abort(dir: string, worker: string): Promise<void> {
    const log = new SessionLog(dir);
    const graceMs = this.#options.settings()['workers.abortGraceSeconds'] * 1000;
    const outcome = await abortWorker({ log, worker, by: USER, graceMs, now: Date.now });
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
    if (outcome.kind === 'ended') this.#startNext(log);
  }

  /**
   * Also starts what waits only for somebody who looks, and looks every now and then for what was written into others'
   * folders.
   */
  supervise(dir: string): void {
    const log = new SessionLog(dir);
    log.refresh();
    this.#reportForeignWrites(log, Date.now());
    reportLost(log, Date.now());
    this.#startNext(log);
  }

  /** Starts what may start in a session. */
  startNext(dir: string): void {
    this.#startNext(new SessionLog(dir));
  }

  #reportForeignWrites(log: SessionLog, now: number): void {
    if (now - (this.#checkedMs.get(log.dir) ?? 0) < POLL_MS) return;
    this.#checkedMs.set(log.dir, now);
    reportForeignWrites(log, now);
  }

  #startNext(log: SessionLog): void {
    const { home, settings } = this.#options;
    const runtime = recordedRuntime(home);
    if (runtime === undefined) return;
    log.refresh();
    const env = { ...process.env, ...runtime.env };
    startWorkers({ log, home, maxParallel: settings()['workers.maxParallel'], env, node: runtime.node });
  }
}
