import { readSystemText } from './files/systemFile.ts';
import { namesIn } from './files/folder.ts';
import { hostIdentity, isMachineUnknown, whereIs } from './machine.ts';
import { isAliveByPs, psProcess, psTable } from './psTable.ts';

// Linux shows its processes in /proc, macOS and other Unix by `ps`; Windows shows neither start times nor parents here.

/** Whether processes are in /proc, where a look at one costs next to nothing. */
const inProc = (): boolean => process.platform === 'linux';

/** The time for which a table of all processes is good enough where nothing is signalled by it. */
const MAX_AGE_MS = 2000;

/**
 * The start time of a process: on Linux in hundredths of a second since the boot, elsewhere as `ps` writes it. With the pid
 * it identifies a process. Undefined where it is not shown.
 */
export function startTimeOf(pid: number): string | undefined {
  return inProc() ? procStat(pid)?.[19] : psProcess(pid)?.startTime;
}

/** This process as the log names it. */
export const thisProcess = (): { pid: number; startTime: string | undefined; host: string } => ({
  pid: process.pid,
  startTime: startTimeOf(process.pid),
  host: hostIdentity(),
});

/** Linux counts the start of a process in hundredths of a second since the boot. */
const TICKS_PER_SECOND = 100;

/** How long a process has run; on Linux whatever became of the system's clock. Undefined where that is not shown. */
export function runningMs(pid: number): number | undefined {
  const start = startTimeOf(pid);
  if (start === undefined) return undefined;
  if (!inProc()) return Math.max(0, Date.now() - Date.parse(`${start} UTC`));
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
  const table = inProc() ? undefined : psTable(MAX_AGE_MS);
  for (let at = pid, steps = 0; at > 1 && steps < 64; steps++) {
    if (at === ancestor) return true;
    at = Number((inProc() ? procStat(at)?.[1] : table?.get(at)?.parent) ?? 0);
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
 * before this machine was started again has ended. Undefined where it cannot be known: on another machine, in another
 * pid namespace, or where a process has that number and its start is not shown.
 */
export function isAlive(pid: number, startTime?: string, host?: string): boolean | undefined {
  const where = host === undefined ? 'here' : whereIs(host);
  if (where === 'before') return false;
  if (where === 'elsewhere') {
    // the same number and the same start: this machine, by another name
    const isHere = startTime !== undefined && host !== undefined && isMachineUnknown(host);
    return isHere && startTimeOf(pid) === startTime ? isAlive(pid, startTime) : undefined;
  }
  if (!inProc()) return isAliveByPs(pid, startTime);
  const stat = procStat(pid);
  return (
    stat !== undefined && stat[0] !== 'Z' && stat[0] !== 'X' && (startTime === undefined || stat[19] === startTime)
  );
}

/** The time for which a table is good enough for one who looks whether processes end. */
const BRIEF_MS = 200;

/** The running members of a process group, without zombies. Empty where the system does not show them. */
export function groupMembers(group: number): number[] {
  if (!inProc())
    return [...(psTable(BRIEF_MS)?.values() ?? [])].filter((p) => p.group === group && !p.zombie).map(({ pid }) => pid);
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
