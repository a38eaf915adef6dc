import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import type { SessionState, Worker } from '#protocol/state.ts';
import { canStart } from '#core/fold/workers.ts';
import { isOrphan } from './lostWorkers.ts';
import { homePaths, workerPaths } from '#core/base/paths.ts';
import { runnerEnv } from './workerEnv.ts';

/** A runner needs a moment to claim its worker; before this has passed nobody sends another one. */
const DISPATCH_TIMEOUT_MS = 3000;

export interface StartRequest {
  dir: string;
  home: string;
  state: SessionState;
  maxParallel: number;
  env: NodeJS.ProcessEnv;
  /** The runner's program; by default the installed one. */
  runner?: string;
  /** The Node that runs it; by default this one. */
  node?: string;
}

/**
 * Starts a runner for each planned worker that may start now and that nobody claimed, as far as maxParallel allows,
 * in the order of the log, and one for each that runs without. Never waits. Whoever else does the same at the same time does no harm: one runner wins
 * the claim. Returns the workers that runners were started for. Throws if there is no runner program.
 */
export function startWorkers(request: StartRequest): string[] {
  const { dir, home, env, node = process.execPath, runner = homePaths(home).runner } = request;
  const workers = workersToStart(request);
  const needed = [...workers, ...orphans(request)];
  if (needed.length === 0) return [];
  if (!existsSync(runner)) throw new Error(`the runner is missing: ${runner} (install Fermata's hooks again)`);
  const now = Date.now();
  const dispatched = needed.filter((worker) => claimDispatch(dir, worker, now));
  for (const worker of dispatched) startDetached(node, [runner, dir, worker], runnerEnv(env, home));
  return dispatched.filter((worker) => workers.includes(worker));
}

/**
 * Whether to send a runner to a worker: of all who see at the same time that one is wanted, one does. Only a saving, the
 * claim decides; so a runner that was sent and never came is missed only for a moment.
 */
function claimDispatch(dir: string, worker: string, now: number): boolean {
  const { dispatched } = workerPaths(dir, worker);
  try {
    closeSync(openSync(dispatched, 'wx', 0o600));
    return true;
  } catch {
    const dispatchedMs = statSync(dispatched, { throwIfNoEntry: false })?.mtimeMs;
    if (dispatchedMs !== undefined && now - dispatchedMs < DISPATCH_TIMEOUT_MS) return false;
    rmSync(dispatched, { force: true });
    return true;
  }
}

/** The runner that was sent has come, whether it runs the worker or not: another one may be sent at once when it is wanted. */
export function clearDispatched(dir: string, worker: string): void {
  rmSync(workerPaths(dir, worker).dispatched, { force: true });
}

/** Workers that run without a runner: each gets one that takes it over. */
function orphans({ dir, state }: Pick<StartRequest, 'dir' | 'state'>): string[] {
  return [...state.workers.values()].filter((w) => isOrphan(dir, w, Date.now())).map((w) => w.id);
}

/** The planned workers to start now, in the order of the log. */
export function workersToStart({
  dir,
  state,
  maxParallel,
}: Pick<StartRequest, 'dir' | 'state' | 'maxParallel'>): string[] {
  if (state.aborted !== undefined) return [];
  const claimed = (worker: Worker): boolean => existsSync(workerPaths(dir, worker.id).claim);
  const planned = [...state.workers.values()].filter((w) => w.run !== undefined);
  const occupied = planned.filter(
    (w) => w.state === 'running' || w.state === 'starting' || (w.state === 'planned' && claimed(w)),
  );
  return planned
    .filter((w) => canStart(state, w) && !claimed(w))
    .slice(0, Math.max(0, maxParallel - occupied.length))
    .map((w) => w.id);
}

/**
 * A process that outlives its starter whatever happens to it: a grandchild in a session of its own, its parent gone
 * and all its files closed (a hook is open until nobody holds its output; a killed hook takes its tree along).
 */
function startDetached(program: string, args: string[], env: NodeJS.ProcessEnv): void {
  const options = { detached: true, stdio: 'ignore', env, cwd: '/' } as const;
  const child =
    process.platform === 'win32'
      ? spawn(program, args, { ...options, cwd: undefined, windowsHide: true })
      : spawn('/bin/sh', ['-c', '"$@" </dev/null >/dev/null 2>&1 &', 'sh', program, ...args], options);
  // a failure shows as a worker that nobody claims
  child.on('error', () => {});
  child.unref();
}
