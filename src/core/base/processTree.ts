import { readSystemText } from './files/systemFile.ts';
import { isAlive, listPids, procStat } from './processes.ts';
import { psEnvironments, psTable } from './psTable.ts';

/**
 * The processes that a process has started and those that they have, without itself. Empty where none can be seen. Where
 * there is no /proc, the table by which they are found may be `maxAgeMs` old.
 */
export function descendants(pid: number, maxAgeMs = 0): number[] {
  const children = new Map<number, number[]>();
  for (const [child, parent] of parents(maxAgeMs)) children.set(parent, [...(children.get(parent) ?? []), child]);
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

/** The running processes that were started with all of these entries (`NAME=value`) in their environment, as far as it is shown. */
export function processesWith(entries: readonly string[]): number[] {
  if (process.platform !== 'linux') {
    const environments = psEnvironments() ?? [];
    return [...environments].filter(([, text]) => entries.every((e) => isIn(text, e))).map(([pid]) => pid);
  }
  return listPids().filter((pid) => {
    const environment = environmentOf(pid);
    return environment !== undefined && entries.every((e) => environment.includes(e)) && isAlive(pid) === true;
  });
}

/** Whether a process was started with this entry (`NAME=value`) in its environment. False where that is not shown. */
export const hasInEnvironment = (pid: number, entry: string): boolean =>
  process.platform === 'linux'
    ? environmentOf(pid)?.includes(entry) === true
    : isIn(psEnvironments()?.get(pid) ?? '', entry);

const isIn = (environment: string, entry: string): boolean => `${environment} `.includes(` ${entry} `);

function environmentOf(pid: number): string[] | undefined {
  try {
    return readSystemText(`/proc/${pid}/environ`).split('\0');
  } catch {
    // ended, or another user's
    return undefined;
  }
}

/** Every process with its parent. */
function parents(maxAgeMs = 0): [child: number, parent: number][] {
  if (process.platform === 'linux') return listPids().map((pid) => [pid, Number(procStat(pid)?.[1] ?? 0)]);
  return [...(psTable(maxAgeMs)?.values() ?? [])].map(({ pid, parent }) => [pid, parent]);
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
