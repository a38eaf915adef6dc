import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '#core/base/clock.ts';
import { signalAll } from '#core/base/processTree.ts';
import { endWindowsTree } from '#core/base/windowsProcesses.ts';
import { isHidden, membersOf, ownsGroup, remainingOf, type WorkerProcesses } from './workerProcesses.ts';

/** A look at all processes takes some milliseconds of a start of `ps` where there is no /proc. */
const POLL_MS = process.platform === 'linux' ? 25 : 250;
/** The time that the system may take to end processes after SIGKILL. */
const KILL_TIMEOUT_MS = 5000;
/** The same where `ps` does not answer, as on a machine that is very busy. */
const HIDDEN_TIMEOUT_MS = 20_000;

/**
 * Ends all processes of a worker (`membersOf`): sends SIGTERM to them and to its group, and SIGKILL to those that remain
 * after the grace time; on Windows, which has no such signals, ends its tree at once. Returns the pids that remain; none when the worker has really ended.
 */
export async function killWorker(worker: WorkerProcesses, graceMs: number): Promise<number[]> {
  if (process.platform === 'win32' && worker.pid !== undefined)
    return ownsGroup(worker) ? endWindowsTree(worker.pid) : [];
  const target = { ...worker, found: new Map() };
  signalMembers(target, 'SIGTERM');
  if (await waitUntilGone(target, graceMs)) return [];
  const since = monotonicMs();
  const mayEnd = (): boolean => {
    const elapsedMs = monotonicMs() - since;
    return elapsedMs < KILL_TIMEOUT_MS || (elapsedMs < HIDDEN_TIMEOUT_MS && isHidden(target));
  };
  // a killed process may just have started another one
  do signalMembers(target, 'SIGKILL');
  while (!(await waitUntilGone(target, 100)) && mayEnd());
  return remainingOf(target);
}

async function waitUntilGone(target: WorkerProcesses, withinMs: number): Promise<boolean> {
  const deadline = monotonicMs() + withinMs;
  while (remainingOf(target).length > 0) {
    if (monotonicMs() >= deadline) return false;
    await delay(Math.min(POLL_MS, withinMs));
  }
  return true;
}

function signalMembers(target: WorkerProcesses, signal: NodeJS.Signals): void {
  signalAll(membersOf(target), signal);
  if (target.pid !== undefined && ownsGroup(target)) signalAll([-target.pid], signal);
}
