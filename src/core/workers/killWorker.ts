import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { groupMembers, isAlive } from '#core/base/processes.ts';

/** A worker's processes: the leader of its group as the log knows it, and the environment that they inherit. */
export interface WorkerProcesses {
  dir: string;
  worker: string;
  pid?: number | undefined;
  startTime?: string | undefined;
  host?: string | undefined;
  /** The caller started it and has not let go of it: the number is its own, shown or not. */
  own?: boolean;
}

const POLL_MS = 25;
/** After KILL, how long the system may take to end them. */
const KILL_TIMEOUT_MS = 5000;

/**
 * Ends all processes of a worker: TERM to its group and to descendants that left it (known by FERMATA_WORKER and
 * FERMATA_SESSION_DIR in their environment, where the system shows that), KILL to what is left after the grace.
 * Returns the pids that are still there: empty when the worker has really ended.
 */
export async function killWorker(target: WorkerProcesses, graceMs: number): Promise<number[]> {
  signalAll(target, 'SIGTERM');
  if (await waitUntilGone(target, graceMs)) return [];
  const deadline = Date.now() + KILL_TIMEOUT_MS;
  // what is killed may just have started another one
  do signalAll(target, 'SIGKILL');
  while (!(await waitUntilGone(target, 100)) && Date.now() < deadline);
  return membersOf(target);
}

async function waitUntilGone(target: WorkerProcesses, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (membersOf(target).length > 0) {
    if (Date.now() >= deadline) return false;
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
    // it has ended meanwhile, or is not ours
    return false;
  }
}

/** The living processes of a worker; zombies have ended. */
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
 * Whether the group of that number is still the worker's. While its leader lives, the start time tells; a leader that
 * is gone keeps its number reserved as long as its group has members. Another process of that number is a stranger.
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
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  const expected = [`FERMATA_WORKER=${worker}`, `FERMATA_SESSION_DIR=${dir}`];
  return names.map(Number).filter((pid) => {
    if (pid === process.pid) return false;
    try {
      const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      return expected.every((entry) => env.includes(entry)) && isAlive(pid) === true;
    } catch {
      // gone, or somebody else's
      return false;
    }
  });
}
