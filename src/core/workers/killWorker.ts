import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '#core/base/clock.ts';
import { readSystemText } from '#core/base/files/systemFile.ts';
import { groupMembers, isAlive, listPids } from '#core/base/processes.ts';

/** Identifies a worker's processes: by the leader of their group, from the log, and by the environment they inherit. */
export interface WorkerProcesses {
  dir: string;
  worker: string;
  pid?: number | undefined;
  startTime?: string | undefined;
  host?: string | undefined;
  /** Whether the leader is a child of the caller that was not collected yet, so that its pid cannot be reused. */
  own?: boolean;
}

const POLL_MS = 25;
/** The time that the system may take to end processes after SIGKILL. */
const KILL_TIMEOUT_MS = 5000;

/**
 * Ends all processes of a worker: sends SIGTERM to its group and to descendants that left it (recognized by
 * FERMATA_WORKER and FERMATA_SESSION_DIR in their environment, where the system shows it), and SIGKILL to those that
 * remain after the grace time. Returns the pids that remain; none when the worker has really ended.
 */
export async function killWorker(target: WorkerProcesses, graceMs: number): Promise<number[]> {
  signalAll(target, 'SIGTERM');
  if (await waitUntilGone(target, graceMs)) return [];
  const deadline = monotonicMs() + KILL_TIMEOUT_MS;
  // a killed process may just have started another one
  do signalAll(target, 'SIGKILL');
  while (!(await waitUntilGone(target, 100)) && monotonicMs() < deadline);
  return membersOf(target);
}

async function waitUntilGone(target: WorkerProcesses, withinMs: number): Promise<boolean> {
  const deadline = monotonicMs() + withinMs;
  while (membersOf(target).length > 0) {
    if (monotonicMs() >= deadline) return false;
    await delay(Math.min(POLL_MS, withinMs));
  }
  return true;
}

function signalAll(target: WorkerProcesses, signal: NodeJS.Signals): void {
  for (const pid of membersOf(target)) sendSignal(pid, signal);
  if (target.pid !== undefined && ownsGroup(target)) sendSignal(-target.pid, signal);
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    // it has ended, or belongs to another user
    return false;
  }
}

/** The running processes of a worker, without zombies. */
export function membersOf(target: WorkerProcesses): number[] {
  const { pid } = target;
  const found = new Set<number>(byEnvironment(target));
  if (pid !== undefined && ownsGroup(target)) {
    if (isAlive(pid, target.startTime, target.host) === true) found.add(pid);
    for (const member of groupMembers(pid)) found.add(member);
    if (process.platform !== 'linux' && sendSignal(-pid, 0)) found.add(pid);
  }
  found.delete(process.pid);
  return [...found];
}

/**
 * Whether the process group `pid` is still the worker's. A running leader is recognized by its start time; the pid of a
 * leader that is gone stays reserved while its group has members, so a running process with that pid is another one.
 */
function ownsGroup({ pid, startTime, host, own }: WorkerProcesses): boolean {
  if (pid === undefined || pid <= 1) return false;
  if (own === true) return true;
  if (startTime === undefined) return false;
  const isLeaderAlive = isAlive(pid, startTime, host);
  if (isLeaderAlive === undefined) return false;
  return isLeaderAlive || isAlive(pid) === false;
}

function byEnvironment({ dir, worker }: WorkerProcesses): number[] {
  const expected = [`FERMATA_WORKER=${worker}`, `FERMATA_SESSION_DIR=${dir}`];
  return listPids().filter((pid) => {
    if (pid === process.pid) return false;
    try {
      const env = readSystemText(`/proc/${pid}/environ`).split('\0');
      return expected.every((entry) => env.includes(entry)) && isAlive(pid) === true;
    } catch {
      // ended, or another user's
      return false;
    }
  });
}
