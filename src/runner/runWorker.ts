import { endAborted } from '#core/workers/abortWorker.ts';
import { claimWorker, takeOverClaim } from '#core/workers/claim.ts';
import { isOrphan, reportLost } from '#core/workers/lostWorkers.ts';
import { PlanChangedError, readPlan } from '#core/plans/plan.ts';
import type { Plan } from '#protocol/fileFormats.ts';
import { keepResults } from '#core/machines/output/keptResults.ts';
import { isCopy } from '#core/session/seat.ts';
import { publish } from '#core/session/publish.ts';
import { openLog, type SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { loadSettings } from '#core/base/settings.ts';
import { clearDispatched, refusal, startWorkers, workersToStart } from '#core/workers/startWorkers.ts';
import { reportForeignWrites } from '#core/workers/foreignWrites.ts';
import { handedPlan } from '#core/session/handedPlan.ts';
import { placementOf } from '#core/workers/placement.ts';
import { PersistentPublisher } from './persistentPublisher.ts';
import { RemoteExecution } from './remoteExecution.ts';
import { WorkerExecution, type WorkerExecutionOptions } from './workerExecution.ts';
import { hasEnded } from '#core/fold/conditions.ts';

const MEGABYTE = 1 << 20;

interface RunRequest {
  dir: string;
  home: string;
  worker: string;
  /** The path of this program, by which it starts further runners. */
  runner: string;
  onError: (error: unknown) => void;
}

/**
 * Runs one planned worker from its claim to its `exit` event, or takes over one whose runner was killed; then starts the
 * workers that have become startable. Does nothing if the worker may not start or another runner has claimed it.
 */
export async function runWorker({ dir, home, worker, runner, onError }: RunRequest): Promise<void> {
  const log = openLog(dir);
  const known = log.state.workers.get(worker);
  if (log.readOnly || known?.run === undefined) return;
  const orphan = isOrphan(dir, known, Date.now());
  const unauthorized = refusal(home, log, worker);
  if (unauthorized !== undefined) return onError(unauthorized);
  const claimed = orphan
    ? takeOverClaim(dir, worker, Date.now())
    : mayStart(log, home, worker) && claimWorker(dir, worker);
  clearDispatched(dir, worker);
  /** Starts the workers that have become startable, if the run has any left. Never throws. */
  const startOthers = (): void => {
    if (![...log.state.workers.values()].some((w) => w.run !== undefined && !hasEnded(w))) return;
    try {
      startWorkers({ log, home, env: process.env, runner, supervised: worker });
    } catch (error) {
      onError(error);
    }
  };
  if (!claimed) {
    // the processes of a worker to take over may be gone; then this runner is the one that reports it lost
    if (reportLost(log, Date.now()).length > 0) startOthers();
    return;
  }
  const plan = planOf(log, known.run, worker);
  /** A plan that another machine handed over runs in this machine's folder. */
  const here = (
    ...[plan, planned]: [Plan, Plan['workers'][number]]
  ): Pick<WorkerExecutionOptions, 'plan' | 'planned'> => {
    const cwd = handedPlan(home, dir, { run: plan.run, sha256: log.state.runs.get(plan.run)?.sha256 ?? '' })?.cwd;
    return cwd === undefined ? { plan, planned } : { plan: { ...plan, project: cwd }, planned: { ...planned, cwd } };
  };
  const planned = plan?.workers.find((w) => w.worker === worker);
  if (plan !== undefined && planned !== undefined) {
    const settings = loadSettings(home, plan.project);
    const publisher = new PersistentPublisher(dir, onError);
    const options = { log, home, settings, startOthers, onError };
    const { machine } = planned;
    const exit =
      machine === undefined || placementOf(dir).isHere({ machine })
        ? await new WorkerExecution({ ...options, publisher, ...here(plan, planned) }).run(orphan)
        : await new RemoteExecution({ ...options, plan, planned: { ...planned, machine } }).run();
    if (machine !== undefined && isCopy(dir)) {
      try {
        const handed = handedPlan(home, dir, { run: plan.run, sha256: log.state.runs.get(plan.run)?.sha256 ?? '' });
        const megabytes = handed?.bringMegabytes ?? settings['machines.bringMegabytes'];
        // the command that reached this machine ends once the seat knows of the end, and the machine may be gone then
        keepResults(dir, worker, { maxBytes: megabytes * MEGABYTE, now: Date.now() });
      } catch (error) {
        onError(error);
      }
    }
    if (exit !== undefined) publisher.publish(exit);
    await publisher.settled();
    log.refresh();
    if (placementOf(dir).isHere({ machine }))
      await endAborted(log, worker, settings['workers.abortGraceSeconds'] * 1000);
    reportForeignWrites(log, Date.now());
  }
  startOthers();
  saveSnapshot(log);
}

/** Checks the limit again just before the claim, because other workers may have been claimed since this runner was started. */
const mayStart = (log: SessionLog, home: string, worker: string): boolean =>
  workersToStart({ log, home }).includes(worker);

/** The plan of a run. A plan that was changed after its event is not executed: the worker fails with a critical error. */
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
