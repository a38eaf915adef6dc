import { readSystemText } from './files/systemFile.ts';
import { namesIn } from './files/folder.ts';
import { hostIdentity, whereIs } from './machine.ts';

/** The start time of a process in the system's own unit; with the pid it identifies a process. Undefined where not shown. */
export function startTimeOf(pid: number): string | undefined {
  return procStat(pid)?.[19];
}

/** This process as the log names it. */
export const thisProcess = (): { pid: number; startTime: string | undefined; host: string } => ({
  pid: process.pid,
  startTime: startTimeOf(process.pid),
  host: hostIdentity(),
});

/** Linux counts the start of a process in hundredths of a second since the boot. */
const TICKS_PER_SECOND = 100;

/** How long a process has run, whatever became of the system's clock; undefined where that is not shown. */
export function runningMs(pid: number): number | undefined {
  const start = startTimeOf(pid);
  if (start === undefined) return undefined;
  try {
    const uptime = Number(readSystemText('/proc/uptime').split(' ')[0]);
    return (uptime - Number(start) / TICKS_PER_SECOND) * 1000;
  } catch {
    return undefined;
  }
}

/** Whether a process is `ancestor` or a descendant of it. False where the system does not show parents. */
export function isAncestor(ancestor: number, pid: number): boolean {
  // a reused pid could make a circle, so the number of steps is bounded
  for (let at = pid, steps = 0; at > 1 && steps < 64; steps++) {
    if (at === ancestor) return true;
    at = Number(procStat(at)?.[1] ?? 0);
  }
  return false;
}

/** The fields of /proc/<pid>/stat from the third (state) on; the command before it may contain any character. */
export function procStat(pid: number): string[] | undefined {
  try {
    const stat = readSystemText(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/**
 * Whether the process of that pid and start time runs. A zombie has ended and only waits to be collected, and what ran
 * before this machine was started again has ended. Undefined where it cannot be known: on another machine or in another
 * pid namespace.
 */
export function isAlive(pid: number, startTime?: string, host?: string): boolean | undefined {
  const where = host === undefined ? 'here' : whereIs(host);
  if (where !== 'here') return where === 'before' ? false : undefined;
  const stat = procStat(pid);
  if (stat !== undefined)
    return stat[0] !== 'Z' && stat[0] !== 'X' && (startTime === undefined || stat[19] === startTime);
  if (process.platform === 'linux') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The running members of a process group, without zombies. Empty where the system does not show them. */
export function groupMembers(group: number): number[] {
  return listPids().filter((pid) => {
    const stat = procStat(pid);
    return stat !== undefined && Number(stat[2]) === group && stat[0] !== 'Z' && stat[0] !== 'X';
  });
}

/** All pids that the system shows; none where there is no /proc. */
export const listPids = (): number[] =>
  namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
