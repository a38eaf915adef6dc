import { readSystemText } from './files/systemFile.ts';
import { psTable } from './ancestry.ts';
import { listPids, procStat } from './processes.ts';

/** The processes that a process has started and those that they have, without itself. Empty where none can be seen. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const [child, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), child]);
  const found = new Set<number>();
  const pending = [pid];
  for (let at = pending.pop(); at !== undefined; at = pending.pop())
    for (const child of children.get(at) ?? [])
      if (child !== pid && !found.has(child)) {
        found.add(child);
        pending.push(child);
      }
  return [...found];
}

/** The processes that a process has started itself. */
export const childrenOf = (pid: number): number[] =>
  parents().flatMap(([child, parent]) => (parent === pid ? [child] : []));

/** Whether a process was started with this entry (`NAME=value`) in its environment. False where that is not shown. */
export function hasInEnvironment(pid: number, entry: string): boolean {
  try {
    return readSystemText(`/proc/${pid}/environ`).split('\0').includes(entry);
  } catch {
    return false;
  }
}

/** Every process with its parent. */
function parents(): [child: number, parent: number][] {
  const pids = listPids();
  if (pids.length > 0) return pids.map((pid) => [pid, Number(procStat(pid)?.[1] ?? 0)]);
  return [...psTable()].map(([pid, { parent }]) => [pid, parent]);
}

/**
 * Stops a process and what it has started, so that they do nothing more until they are continued or killed. Returns the
 * stopped ones: looks again until there are no new ones, since one may just have started another.
 */
export function stopTree(pid: number): number[] {
  const stopped = new Set([pid]);
  signalAll([pid], 'SIGSTOP');
  for (let rounds = 0; rounds < 10; rounds++) {
    const found = descendants(pid).filter((child) => child !== process.pid && !stopped.has(child));
    if (found.length === 0) break;
    signalAll(found, 'SIGSTOP');
    for (const child of found) stopped.add(child);
  }
  return [...stopped];
}

/** Sends a signal to processes; one that has ended, or is another user's, gets none. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, signal);
    } catch {
      // nothing to send it to
    }
}
