import type { SessionState, Worker } from '#protocol/state.ts';
import type { NewEvent } from '#core/log/append.ts';
import { claimedMs, hasStarted, runnerState } from './claim.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/queries.ts';
import { membersOf } from './killWorker.ts';
import { groupMembers, hostIdentity, isAlive, startTimeOf } from '#core/base/processes.ts';
import { publish } from '#core/session/publish.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';

/** So long after its claim a worker without a process may be called lost. */
const GRACE_MS = 2000;

/**
 * Says `exit` with `lost` for workers whose process is gone while no runner is there to tell how, and for claimed
 * ones that were never started. Only what is certain from here counts: pid, start time and host must be known. The
 * log is read again (by `refresh`) before anything is said; of a log of a newer format nothing is. Returns the workers
 * that were reported.
 */
export function reportLost(log: SessionLog, now: number, refresh: () => void = () => void log.refresh()): string[] {
  const suspects = log.readOnly ? [] : lostWorkers(log.dir, log.state, now);
  if (suspects.length === 0) return [];
  refresh();
  const confirmed = suspects.filter((id) => lostWorkers(log.dir, log.state, now).includes(id));
  for (const worker of confirmed) {
    const spawnEvent = unrecordedSpawn(log, worker);
    if (spawnEvent !== undefined) {
      publish(log.dir, now, spawnEvent);
      continue;
    }
    const reason = reasonOf(log.dir, log.state.workers.get(worker));
    const leftovers = membersOf({ dir: log.dir, worker });
    const leftoverText =
      leftovers.length === 0 ? '' : `; of what it started these processes run on: ${leftovers.join(', ')}`;
    publish(log.dir, now, { t: 'exit', worker, lost: true, reason: `${reason}${leftoverText}` });
  }
  if (confirmed.length > 0) refresh();
  return confirmed;
}

function reasonOf(dir: string, worker: Worker | undefined): string {
  if (isSubagent(worker)) return 'Claude Code ended without a word about it';
  if (worker?.pid !== undefined) return 'its process is gone and nobody saw how it ended';
  return worker !== undefined && hasStarted(dir, worker.id)
    ? 'its runner was killed as it started it: nobody saw whether it ran, nor how it ended'
    : 'its runner ended before it was started';
}

function lostWorkers(dir: string, state: SessionState, now: number): string[] {
  return [...state.workers.values()].filter((w) => isLost(dir, w, now)).map((w) => w.id);
}

function isLost(dir: string, worker: Worker, now: number): boolean {
  if (hasEnded(worker)) return false;
  // a subagent lives inside Claude Code
  if (isSubagent(worker)) return isSessionLive(readSessionInfo(dir)) === false;
  const { pid, startTime, host } = worker;
  if (pid !== undefined) {
    if (startTime === undefined || host === undefined || isAlive(pid, startTime, host) !== false) return false;
    return ['none', 'gone'].includes(runnerState(dir, worker.id, now));
  }
  if (worker.run === undefined || !['planned', 'starting'].includes(worker.state)) return false;
  // what a runner has started a moment before it was killed must have come to itself before it can be found
  return runnerState(dir, worker.id, now) === 'gone' && now - claimedMs(dir, worker.id) > GRACE_MS;
}

/**
 * A runner may have been killed after it started its worker and before it said so: then the process is known by its
 * environment alone, where the system shows that. Returns the `spawn` that was not said.
 */
function unrecordedSpawn({ dir, state }: SessionLog, worker: string): NewEvent | undefined {
  const known = state.workers.get(worker);
  if (known?.run === undefined || known.pid !== undefined) return undefined;
  const pid = membersOf({ dir, worker }).find((member) => groupMembers(member).includes(member));
  const startTime = pid === undefined ? undefined : startTimeOf(pid);
  return startTime === undefined ? undefined : { t: 'spawn', worker, pid, startTime, host: hostIdentity() };
}

/** Whether a worker runs and no runner looks after it: whoever sees that may start one (`startWorkers`). */
export function isOrphan(dir: string, worker: Worker, now: number): boolean {
  const { pid, startTime, host, run, state } = worker;
  if (run === undefined || state !== 'running' || pid === undefined || startTime === undefined) return false;
  return runnerState(dir, worker.id, now) === 'gone' && isAlive(pid, startTime, host) === true;
}
