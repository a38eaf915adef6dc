import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

let ownIdentity: string | undefined;

/** Which machine, boot and pid namespace a pid belongs to: only where all are equal does a pid mean anything. */
export function hostIdentity(): string {
  return (ownIdentity ??= readHostIdentity());
}

function readHostIdentity(): string {
  let boot = '';
  let namespace = '';
  try {
    boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
    namespace = readlinkSafe('/proc/self/ns/pid');
  } catch {
    // not Linux: the host name has to do
  }
  return [hostname(), boot, namespace].filter(Boolean).join('/');
}

function readlinkSafe(path: string): string {
  try {
    // a link like `pid:[4026531836]`, whose target is not a file
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** When a process was started, as the system counts it; with the pid it names one process. Undefined where it is not shown. */
export function startTimeOf(pid: number): string | undefined {
  return procStat(pid)?.[19];
}

/** Whether a process is `ancestor` or was started below it. False where the system does not show parents. */
export function isAncestor(ancestor: number, pid: number): boolean {
  // more steps than any terminal has; a pid that was used again could make a circle
  for (let at = pid, steps = 0; at > 1 && steps < 64; steps++) {
    if (at === ancestor) return true;
    at = Number(procStat(at)?.[1] ?? 0);
  }
  return false;
}

/** Fields of /proc/<pid>/stat from the state (3rd) on; the command before it may contain anything. */
function procStat(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/**
 * Whether the process of that pid and start time is at work. A zombie is not: it has ended and only waits to be
 * collected. Undefined if it cannot be known from here (another machine or namespace).
 */
export function isAlive(pid: number, startTime?: string, host?: string): boolean | undefined {
  if (host !== undefined && host !== hostIdentity()) return undefined;
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

/** The live members of a process group, zombies left out. Empty where the system does not show them. */
export function groupMembers(group: number, list: () => string[] = listPids): number[] {
  return list()
    .map(Number)
    .filter((pid) => {
      const stat = procStat(pid);
      return stat !== undefined && Number(stat[2]) === group && stat[0] !== 'Z' && stat[0] !== 'X';
    });
}

function listPids(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
