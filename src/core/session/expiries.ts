import { isAlive, isAncestor } from '#core/base/processes.ts';
import { childrenOf, hasInEnvironment, signalAll, stopTree } from '#core/base/processTree.ts';
import { startGuard } from '#core/base/guardProcess.ts';
import { exists } from '#core/base/files/facts.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { dueExpiries } from '#core/fold/expiries.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { Acquire, SessionState } from '#protocol/state.ts';
import type { LeaseWatch } from './leaseWatch.ts';
import { publish } from './publish.ts';
import type { SessionLog } from './sessionLog.ts';

/** The variable in which a command finds the token of the lock that it runs with. */
export const LOCK_TOKEN = 'FERMATA_LOCK_TOKEN';

/** A process that lives has this long, beyond the time between two of its renewals, to renew a lease that is overdue. */
const PATIENCE_MS = 1500;

/** The expiries that are due by the clock of this machine. */
export const dueExpiriesHere = (state: SessionState, now: number): NewEvent[] => dueExpiries(state, now, hostIdentity);

const nameOf = ({ what, ref, seen }: NewEvent): string => `${String(what)} ${String(ref)} ${String(seen)}`;

/**
 * Publishes the expiries that are due at `now` (epoch ms). With `watch`, for a process that does this again and again,
 * each once, and also the leases of processes on this machine that live and renew them no more: after a sleep, or when the
 * clock was set, they first get the time to do it. A log of a newer format is left alone. Leases from an outbox of another
 * machine are published only where `isDrained` has it that nothing of that outbox is on the way.
 */
export function publishExpiries(
  log: SessionLog,
  now: number,
  watch?: LeaseWatch,
  refresh: () => void = () => void log.refresh(),
  isDrained?: (via: string) => boolean,
): void {
  // on a copy nothing is over before the seat has it so
  if (log.readOnly || exists(sessionPaths(log.dir).copy)) return;
  watch?.poll();
  const due = dueExpiries(log.state, now, hostIdentity, isDrained);
  watch?.keep(due.map(nameOf));
  for (const event of due) {
    const name = nameOf(event);
    const lease = event['what'] === 'lock' ? liveLease(log, event) : undefined;
    if (lease !== undefined && watch?.isOverdueFor(name, (lease.acquire.ttlMs ?? 0) / 3 + PATIENCE_MS) !== true)
      continue;
    if (lease?.held === true) takeFrom(log, lease.acquire, () => publish(log.dir, now, event), refresh);
    else if (watch?.isNew(name) !== false) publish(log.dir, now, event);
  }
}

/** The lease of an expiry whose process is on this machine and lives; held, or of a place in the queue. */
function liveLease({ state }: SessionLog, { ref, seen }: NewEvent): { acquire: Acquire; held: boolean } | undefined {
  for (const { holders, queue } of state.locks.values()) {
    const acquire = [...holders, ...queue].find((a) => a.id === ref && a.renewedPos === seen);
    if (acquire?.pid === undefined || isAlive(acquire.pid, acquire.startTime, acquire.host) !== true) continue;
    return { acquire, held: holders.includes(acquire) };
  }
  return undefined;
}

/**
 * Takes a lock from a process that lives, if its command may be ended for that: both are stopped first, and the command is
 * killed only once the log has the expiry. One that was renewed just before goes on. A line of the log can name any
 * process, so the command has to prove by its environment that it is the one of this lock; where that is not shown, the
 * lock stays with its process.
 */
function takeFrom(log: SessionLog, { pid, ends, token }: Acquire, expire: () => void, refresh: () => void): void {
  if (pid === undefined || ends !== true || isAncestor(pid, process.pid)) return;
  const marker = `${LOCK_TOKEN}=${token}`;
  if (!childrenOf(pid).some((child) => hasInEnvironment(child, marker))) return;
  // should this process be killed meanwhile, that one goes on, and sees to its command by itself
  const guard = startGuard('read -r _; kill -CONT "$1"', String(pid));
  signalAll([pid], 'SIGSTOP');
  const stopped = childrenOf(pid)
    .filter((child) => hasInEnvironment(child, marker))
    .flatMap(stopTree);
  expire();
  refresh();
  const isHeld = [...log.state.locks.values()].some(({ holders }) => holders.some((held) => held.token === token));
  signalAll(stopped, isHeld ? 'SIGCONT' : 'SIGKILL');
  signalAll([pid], 'SIGCONT');
  guard?.kill('SIGKILL');
}
