import { claimWorker, takeOverClaim } from '#core/workers/claim.ts';
import { isOrphan, reportLost } from '#core/workers/lostWorkers.ts';
import { PlanChangedError, readPlan } from '#core/plans/plan.ts';
import type { Plan } from '#protocol/fileFormats.ts';
import { publish } from '#core/session/publish.ts';
import { readSessionInfo } from '#core/session/info.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { loadSettings } from '#core/base/settings.ts';
import { clearDispatched, workersToStart } from '#core/workers/startWorkers.ts';
import { reportForeignWrites } from '#core/workers/foreignWrites.ts';
import { WorkerExecution } from './workerExecution.ts';
import { Scheduler } from './scheduler.ts';

export interface RunRequest {
  dir: string;
  home: string;
  worker: string;
  /** This program, for starting further runners. */
  runner: string;
  onError: (error: unknown) => void;
}

/**
 * Runs one planned worker from its claim to its `exit`, or takes over one that runs without a runner; then starts what
 * became startable. Does nothing if the worker may not start (any more) or somebody else was faster.
 */
export async function runWorker({ dir, home, worker, runner, onError }: RunRequest): Promise<void> {
  const log = new SessionLog(dir);
  log.refresh();
  const known = log.state.workers.get(worker);
  if (log.readOnly || known?.run === undefined) return;
  const orphan = isOrphan(dir, known, Date.now());
  const claimed = orphan
    ? takeOverClaim(dir, worker, Date.now())
    : mayStart(log, home, worker) && claimWorker(dir, worker);
  clearDispatched(dir, worker);
  const scheduler = new Scheduler({ log, home, runner, onError });
  if (!claimed) {
    // sent to take over, it may find that there is nothing left to take over, and nobody else to say so
    if (reportLost(log, Date.now()).length > 0) scheduler.start();
    return;
  }
  const plan = planOf(log, known.run, worker);
  const planned = plan?.workers.find((w) => w.worker === worker);
  if (plan !== undefined && planned !== undefined) {
    const settings = loadSettings(home, plan.project);
    const execution = new WorkerExecution({ log, home, plan, planned, settings, scheduler, onError });
    const exit = await execution.run(orphan);
    if (exit !== undefined) publish(dir, Date.now(), exit);
    log.refresh();
    reportForeignWrites(log, Date.now());
  }
  scheduler.start();
  saveSnapshot(log);
}

/** Asked once more just before the claim: whoever sent this runner may have counted before others were claimed. */
function mayStart({ dir, state }: SessionLog, home: string, worker: string): boolean {
  const project = readSessionInfo(dir)?.project ?? state.session.cwd;
  const maxParallel = loadSettings(home, project)['workers.maxParallel'];
  return workersToStart({ dir, state, maxParallel }).includes(worker);
}

/** The plan as it was announced. One that was changed is not executed: that is critical, and the worker has failed. */
function planOf(log: SessionLog, run: string, worker: string): Plan | undefined {
  try {
    return readPlan(log.dir, run, log.state.runs.get(run)?.sha256 ?? '');
  } catch (error) {
    if (!(error instanceof PlanChangedError)) throw error;
    const reason = `${error.message}; ${worker} was not started`;
    publish(
      log.dir,
      Date.now(),
      { t: 'error', worker, critical: true, message: reason },
      { t: 'exit', worker, code: 126, reason },
    );
    log.refresh();
    return undefined;
  }
}
