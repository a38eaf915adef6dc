import { closeSync, constants, existsSync, statSync } from 'node:fs';
import type { Worker } from '#protocol/state.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { canStart } from '#core/fold/workers.ts';
import { statOf } from '#core/base/files/facts.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';
import { isCopy } from '#core/session/seat.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { isOrphan, mayRunUnrecorded, reportLost } from './lostWorkers.ts';
import { homePaths, workerPaths } from '#core/base/paths.ts';
import { startDetached } from '#core/base/startDetached.ts';
import { publish } from '#core/session/publish.ts';
import { handedPlan } from '#core/session/handedPlan.ts';
import { loadSettings } from '#core/base/settings.ts';
import { projectOf } from '#core/session/project.ts';
import { isProven } from '#core/session/planProof.ts';
import { placementOf, type Placement } from './placement.ts';
import { runnerEnv } from './workerEnv.ts';

/** The time that a runner has to claim its worker before another runner is started for it. */
const DISPATCH_TIMEOUT_MS = 3000;

interface StartRequest {
  log: Pick<SessionLog, 'dir' | 'state'>;
  home: string;
  /** By default as many as the settings allow. */
  maxParallel?: number;
  env: NodeJS.ProcessEnv;
  /** The worker that the caller is the runner of: that one is none without a runner. */
  supervised?: string;
  /** The runner's program; by default the installed one. */
  runner?: string;
  /** The Node that runs it; by default this one. */
  node?: string;
}

/**
 * Starts a runner for each planned worker that may start now and is not claimed, up to maxParallel and in the order of
 * the log, and for each worker that runs without a runner. Never waits. Several processes may do this at the same time:
 * one runner wins the claim. Returns the planned workers that were started. Throws where there is no runner program.
 */
export function startWorkers(request: StartRequest): string[] {
  const { log, home, env, supervised, node = process.execPath, runner = homePaths(home).runner } = request;
  const { dir, state } = log;
  const now = Date.now();
  const isAuthorized = (worker: string): boolean => refusal(home, log, worker) === undefined;
  const place = placementOf(dir);
  const startable = workersToStart(request, place);
  const workers = startable.filter(isAuthorized);
  const unauthorized = startable.filter((worker) => !workers.includes(worker));
  // on a copy the plan of a worker may be on its way, which its user hands over here
  if (unauthorized.length > 0 && !isCopy(dir)) reportUnauthorized(request, unauthorized, now);
  const orphans = [...state.workers.values()]
    .filter((w) => w.id !== supervised && isOrphan(dir, w, now, place))
    .map((w) => w.id);
  const needed = [...workers, ...orphans.filter(isAuthorized)];
  if (needed.length === 0) return [];
  if (statOf(runner)?.isFile() !== true)
    throw new Error(`the runner is missing: ${runner} (install Fermata's hooks again)`);
  const dispatched = needed.filter((worker) => claimDispatch(dir, worker, now));
  // a failure shows as a worker that is not claimed
  for (const worker of dispatched) startDetached(node, [runner, dir, worker], runnerEnv(env, home));
  return dispatched.filter((worker) => workers.includes(worker));
}

/**
 * Whether this process starts the runner of a worker: of several processes one does. This only saves processes, as the
 * claim decides; after the timeout a runner that did not claim its worker is replaced.
 */
function claimDispatch(dir: string, worker: string, now: number): boolean {
  const { dispatched } = workerPaths(dir, worker);
  try {
    closeSync(openFile(dispatched, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL).fd);
    return true;
  } catch {
    const dispatchedMs = statSync(dispatched, { throwIfNoEntry: false })?.mtimeMs;
    if (dispatchedMs !== undefined && Math.abs(now - dispatchedMs) < DISPATCH_TIMEOUT_MS) return false;
    removeFileIfAny(dispatched);
    return true;
  }
}

/**
 * Why a planned worker may not run, as a sentence; undefined where it may. A line of the log announces a plan, and who can
 * write one must not thereby start a command.
 */
export function refusal(home: string, { dir, state }: StartRequest['log'], worker: string): string | undefined {
  const run = state.workers.get(worker)?.run ?? '';
  const plan = state.runs.get(run);
  if (
    plan !== undefined &&
    (isProven(home, dir, { run, ...plan }) || handedPlan(home, dir, { run, ...plan }) !== undefined)
  )
    return undefined;
  return `${worker} was not started: no approved rule and no "fermata spawn" made the plan ${run}; somebody wrote it into the session's folder`;
}

/** Workers of such a plan have failed, with the reason for the person. */
function reportUnauthorized({ home, log }: StartRequest, workers: readonly string[], now: number): void {
  const exits = workers.map((worker) => ({
    t: 'exit' as const,
    worker,
    code: 126,
    reason: refusal(home, log, worker),
  }));
  publish(log.dir, now, ...exits);
}

/** Called by a runner once it has tried to claim its worker: from then on another one may be started at once. */
export function clearDispatched(dir: string, worker: string): void {
  removeFileIfAny(workerPaths(dir, worker).dispatched);
}

/** The planned workers that this machine is to start now, in the order of the log, so many for each machine that runs them. */
export function workersToStart(
  { log, home, maxParallel }: Pick<StartRequest, 'log' | 'home' | 'maxParallel'>,
  place: Placement = placementOf(log.dir),
): string[] {
  const { dir, state } = log;
  if (state.aborted !== undefined) return [];
  const mayStart = [...state.workers.values()].filter((w) => w.run !== undefined && canStart(state, w));
  if (mayStart.length === 0) return [];
  const limit = maxParallel ?? loadSettings(home, projectOf(log))['workers.maxParallel'];
  const claimed = (worker: Worker): boolean => existsSync(workerPaths(dir, worker.id).claim);
  const occupied = [...state.workers.values()].filter(
    (w) =>
      w.run !== undefined && (w.state === 'running' || w.state === 'starting' || (w.state === 'planned' && claimed(w))),
  );
  const running = new Map<string | undefined, number>();
  const count = (w: Worker): number => {
    const sum = (running.get(place.machineOf(w)) ?? 0) + 1;
    running.set(place.machineOf(w), sum);
    return sum;
  };
  for (const worker of occupied) count(worker);
  return mayStart
    .filter((w) => place.starts(w, state.runs.get(w.run ?? '')) && !claimed(w) && count(w) <= limit)
    .map((w) => w.id);
}

interface SupervisionOptions extends Pick<StartRequest, 'home' | 'maxParallel' | 'env'> {
  log: SessionLog;
  now: number;
  /** Reads what is new in the log; by default `log.refresh`. */
  refresh?: () => void;
}

/**
 * Called by every program that reads the log, since no runner may be left to do it: reports lost workers, starts planned
 * ones that are ready, and starts a runner for those that run without. Does nothing without a plan, or in a log of a
 * newer format. Throws the system's error.
 */
export function superviseWorkers({ log, home, maxParallel, env, now, refresh }: SupervisionOptions): void {
  const { state } = log;
  if (log.readOnly || state.runs.size === 0) return;
  const planned = [...state.workers.values()].filter(({ run }) => run !== undefined);
  if (!planned.some((worker) => !hasEnded(worker) || mayRunUnrecorded(log.dir, worker))) return;
  reportLost(log, now, refresh);
  if (statOf(homePaths(home).runner)?.isFile() === true) startWorkers({ log, home, maxParallel, env });
}
