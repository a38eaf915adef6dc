import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import type { NewEvent } from '#core/log/append.ts';
import { isBeating } from './heartbeat.ts';
import { claimedMs, hasStarted, markCleared, runnerState } from './claim.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { placementOf, type Placement } from './placement.ts';
import { livesInClaude } from '#core/fold/kinds.ts';
import { ENDED_SILENTLY } from '#core/fold/queries.ts';
import { membersOf } from './workerProcesses.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { signalAll } from '#core/base/processTree.ts';
import { groupMembers, isAlive, startTimeOf } from '#core/base/processes.ts';
import { publish } from '#core/session/publish.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import { isCopy } from '#core/session/seat.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';

/** A worker without a process counts as lost this long after its claim. */
const GRACE_MS = 2000;

/**
 * Publishes `exit` with `lost` for workers whose process and runner are gone, and for claimed workers that were never
 * started. Only certain facts count: pid and host must be known, and that the process or its runner is gone. Reads the log again (by `refresh`) before it
 * publishes; never publishes in a log of a newer format. Returns the workers that were reported.
 */
export function reportLost(log: SessionLog, now: number, refresh: () => void = () => void log.refresh()): string[] {
  reportEndedClaude(log, now, refresh);
  endUnrecorded(log, now);
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
    // it is aborted once all of it has ended, and its runner cannot see to that any more: the next reader looks again
    if (log.state.workers.get(worker)?.abort !== undefined && leftovers.length > 0) {
      signalAll(leftovers, 'SIGKILL');
      continue;
    }
    const leftoverText =
      leftovers.length === 0 ? '' : `; of what it started these processes run on: ${leftovers.join(', ')}`;
    publish(log.dir, now, { t: 'exit', worker, lost: true, reason: `${reason}${leftoverText}` });
  }
  if (confirmed.length > 0) refresh();
  for (const worker of confirmed)
    // aborted while it was counted as lost
    if (log.state.workers.get(worker)?.state === 'aborted') signalAll(membersOf({ dir: log.dir, worker }), 'SIGKILL');
  return confirmed;
}

/**
 * Whether an aborted worker may have processes that the log does not have: it was aborted before its `spawn` was appended, so for
 * the fold it never ran, and its runner, which ends its processes, can be killed before it does.
 */
export const mayRunUnrecorded = (dir: string, { id, state, run, pid }: Worker): boolean =>
  state === 'aborted' && run !== undefined && pid === undefined && hasStarted(dir, id);

/** Ends the processes of such workers whose runner is gone, and looks no more once none is left. */
function endUnrecorded({ dir, state, readOnly }: SessionLog, now: number): void {
  if (readOnly) return;
  const place = placementOf(dir);
  for (const worker of state.workers.values()) {
    if (!mayRunUnrecorded(dir, worker) || !place.isHere(worker) || runnerState(dir, worker.id, now) !== 'gone')
      continue;
    const members = membersOf({ dir, worker: worker.id });
    signalAll(members, 'SIGKILL');
    if (members.length === 0 && hasHadTime(dir, worker.id, now)) markCleared(dir, worker.id);
  }
}

/** A process that the runner started just before it was killed is found only once it has set its environment. */
const hasHadTime = (dir: string, worker: string, now: number): boolean =>
  Math.abs(now - claimedMs(dir, worker)) > GRACE_MS;

/** Claude was killed, which no hook reports, and holds something that others may wait for: its session has ended. */
function reportEndedClaude(log: SessionLog, now: number, refresh: () => void): void {
  if (log.readOnly || !holdsWithoutEnd(log.state)) return;
  // Claude runs at the seat, which sees its end
  if (isCopy(log.dir) || isSessionLive(readSessionInfo(log.dir)) !== false) return;
  refresh();
  if (!holdsWithoutEnd(log.state)) return;
  publish(log.dir, now, { t: 'end', reason: ENDED_SILENTLY });
  refresh();
}

/** Whether Claude holds something that nothing but its own end can end. */
export const holdsWithoutEnd = ({ conductor, locks }: SessionState): boolean =>
  conductor.state !== 'ended' &&
  [...locks.values()].some(({ holders }) => holders.some((h) => h.worker === CONDUCTOR && h.dueTs === undefined));

function reasonOf(dir: string, worker: Worker | undefined): string {
  if (livesInClaude(worker)) return ENDED_SILENTLY;
  if (worker?.pid !== undefined)
    return isAlive(worker.pid, worker.startTime, worker.host) === undefined
      ? 'its runner gives no sign of life any more, and its process cannot be seen from here'
      : 'its process is gone and nobody saw how it ended';
  return worker !== undefined && hasStarted(dir, worker.id)
    ? 'its runner was killed as it started it: nobody saw whether it ran, nor how it ended'
    : 'its runner ended before it was started';
}

function lostWorkers(dir: string, state: SessionState, now: number): string[] {
  const place = placementOf(dir);
  return [...state.workers.values()].filter((w) => isLost(dir, w, now, place)).map((w) => w.id);
}

function isLost(dir: string, worker: Worker, now: number, place: Placement): boolean {
  if (hasEnded(worker)) return false;
  // it runs inside Claude Code's process
  if (livesInClaude(worker)) return isSessionLive(readSessionInfo(dir)) === false;
  // the machine that runs it sees how it ends
  if (!place.isHere(worker)) return false;
  const { pid, startTime } = worker;
  const host = place.hostOf(worker);
  if (pid !== undefined) {
    if (host === undefined) return false;
    // without /proc a look at the process costs a start of `ps`
    if (process.platform !== 'linux' && isBeating(dir, worker.id, now)) return false;
    const alive = isAlive(pid, startTime, host);
    if (alive === true) return false;
    const runner = runnerState(dir, worker.id, now);
    // of one that cannot be seen from here the end is never recorded, once its runner is gone
    return runner === 'gone' || (runner === 'none' && alive === false);
  }
  if (worker.run === undefined || !['planned', 'starting'].includes(worker.state)) return false;
  return runnerState(dir, worker.id, now) === 'gone' && hasHadTime(dir, worker.id, now);
}

/**
 * The `spawn` of a worker whose runner was killed after it started the process and before it published it: the process
 * is found by its environment, where the system shows it.
 */
function unrecordedSpawn({ dir, state }: SessionLog, worker: string): NewEvent | undefined {
  const known = state.workers.get(worker);
  if (known?.run === undefined || known.pid !== undefined) return undefined;
  const pid = membersOf({ dir, worker }).find((member) => groupMembers(member).includes(member));
  const startTime = pid === undefined ? undefined : startTimeOf(pid);
  return startTime === undefined ? undefined : { t: 'spawn', worker, pid, startTime, host: hostIdentity() };
}

/**
 * Whether a worker runs without a runner, so that one should be started (`startWorkers`). Of a worker on another machine this
 * one's runner keeps the connection.
 */
export function isOrphan(dir: string, worker: Worker, now: number, place: Placement = placementOf(dir)): boolean {
  const { pid, startTime, host, run, state } = worker;
  if (!place.isHere(worker))
    return (
      run !== undefined && place.starts(worker) && !hasEnded(worker) && runnerState(dir, worker.id, now) === 'gone'
    );
  if (run === undefined || state !== 'running' || pid === undefined || startTime === undefined) return false;
  return runnerState(dir, worker.id, now) === 'gone' && isAlive(pid, startTime, host) === true;
}
