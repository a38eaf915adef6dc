import { descendants, processesWith } from '#core/base/processTree.ts';
import { groupMembers, isAlive, startTimeOf } from '#core/base/processes.ts';
import { hasPid, psTable } from '#core/base/psTable.ts';

/** Identifies a worker's processes: by the leader of their group, from the log, and by the environment they inherit. */
export interface WorkerProcesses {
  dir: string;
  worker: string;
  pid?: number | undefined;
  startTime?: string | undefined;
  host?: string | undefined;
  /** Whether the leader is a child of the caller that was not collected yet, so that its pid cannot be reused. */
  own?: boolean;
  /** Those that were found before, with their start times: once its parent has ended, one may not be found again. */
  found?: Map<number, string | undefined>;
}

/**
 * The running processes of a worker, without zombies: its group, and what left that, recognized by FERMATA_WORKER and
 * FERMATA_SESSION_DIR in its environment. Where environments are not in /proc, also by its parents.
 */
export function membersOf(target: WorkerProcesses): number[] {
  const { dir, worker, pid } = target;
  const members = new Set(processesWith([`FERMATA_WORKER=${worker}`, `FERMATA_SESSION_DIR=${dir}`]));
  if (pid !== undefined && ownsGroup(target)) {
    if (isAlive(pid, target.startTime, target.host) === true) members.add(pid);
    for (const member of groupMembers(pid)) members.add(member);
    // where processes are not shown, a group at least can be tried
    if (process.platform !== 'linux' && psTable(BRIEF_MS) === undefined && hasPid(-pid)) members.add(pid);
  }
  if (process.platform !== 'linux') addKin(members, target.found);
  members.delete(process.pid);
  return [...members];
}

/** Whether the leader may run and cannot be recognized at the moment, since `ps` gave no answer in time. */
export const isHidden = ({ pid, startTime, host, own }: WorkerProcesses): boolean =>
  process.platform !== 'linux' &&
  pid !== undefined &&
  own !== true &&
  isAlive(pid, startTime, host) === undefined &&
  hasPid(pid);

/** What remains of a worker that was signalled: its processes, and its leader where that is hidden. */
export function remainingOf(target: WorkerProcesses): number[] {
  const members = membersOf(target);
  return target.pid !== undefined && isHidden(target) ? [...new Set([...members, target.pid])] : members;
}

/** The time for which a table of all processes is good enough here, since this looks again. */
const BRIEF_MS = 200;

function addKin(members: Set<number>, found: WorkerProcesses['found'] = new Map()): void {
  // what this process itself has started is not the worker's
  const roots = [...members].filter((member) => member !== process.pid);
  for (const kin of roots.flatMap((root) => descendants(root, BRIEF_MS))) members.add(kin);
  for (const member of members) if (!found.has(member)) found.set(member, startTimeOf(member));
  for (const [member, startTime] of found) if (isAlive(member, startTime) === true) members.add(member);
}

/**
 * Whether the process group `pid` is still the worker's. A running leader is recognized by its start time; the pid of a
 * leader that is gone stays reserved while its group has members, so a running process with that pid is another one.
 */
export function ownsGroup({ pid, startTime, host, own }: WorkerProcesses): boolean {
  if (pid === undefined || pid <= 1) return false;
  if (own === true) return true;
  if (startTime === undefined) return false;
  const isLeaderAlive = isAlive(pid, startTime, host);
  if (isLeaderAlive === undefined) return false;
  return isLeaderAlive || isAlive(pid) === false;
}
