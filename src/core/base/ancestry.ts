import { execFileSync } from 'node:child_process';
import { readSystemText } from './files/systemFile.ts';
import { isAlive, procStat } from './processes.ts';

/** A process in a line of descent. */
export interface ProcessEntry {
  pid: number;
  /** Undefined where the system does not show it. */
  startTime?: string | undefined;
  /** Its command line, with blanks between the arguments. */
  command: string;
}

/** A process as a file or a log has recorded it. */
export interface KnownProcess {
  pid?: number | undefined;
  startTime?: string | undefined;
  host?: string | undefined;
}

/** A reused pid could make a circle, so the number of steps is bounded. */
const MAX_STEPS = 64;

/** A process and its ancestors, the nearest first. Undefined where the system does not show them. */
export function ancestryOf(pid: number): ProcessEntry[] | undefined {
  if (process.platform === 'win32') return undefined;
  const table = process.platform === 'linux' ? undefined : psTable();
  const line: ProcessEntry[] = [];
  for (let at = pid; at > 1 && line.length < MAX_STEPS;) {
    const found = table === undefined ? fromProc(at) : table.get(at);
    if (found === undefined) break;
    line.push({ pid: at, startTime: found.startTime, command: found.command });
    at = found.parent;
  }
  return line.length === 0 ? undefined : line;
}

interface Parented {
  parent: number;
  startTime?: string;
  command: string;
}

function fromProc(pid: number): Parented | undefined {
  const stat = procStat(pid);
  if (stat === undefined) return undefined;
  let command = '';
  try {
    command = readSystemText(`/proc/${pid}/cmdline`).replace(/\0$/, '').replaceAll('\0', ' ');
  } catch {
    // it has just ended
  }
  return { parent: Number(stat[1]), startTime: stat[19] ?? '', command };
}

/** All processes by pid, where there is no /proc. */
export function psTable(): Map<number, Parented> {
  try {
    const options = { encoding: 'utf8', maxBuffer: 1 << 26, timeout: 5000 } as const;
    return parsePs(execFileSync('/bin/ps', ['-axo', 'pid=,ppid=,command='], options));
  } catch {
    return new Map();
  }
}

/** The rows of `ps -axo pid=,ppid=,command=`, by pid. */
export function parsePs(text: string): Map<number, Parented> {
  const rows = text.split('\n').flatMap((row) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return pid === undefined ? [] : [[Number(pid), { parent: Number(parent), command }] as const];
  });
  return new Map(rows);
}

/** Whether an ancestor is a recorded process: the same pid, start time and machine. */
export const isProcess = ({ pid, startTime }: ProcessEntry, recorded: KnownProcess): boolean =>
  recorded.pid === pid && recorded.startTime === startTime && isAlive(pid, recorded.startTime, recorded.host) === true;
