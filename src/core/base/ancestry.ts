import { readSystemText } from './files/systemFile.ts';
import { isAlive, procStat } from './processes.ts';
import { psTable, type PsProcess } from './psTable.ts';

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
  const isLinux = process.platform === 'linux';
  const table = isLinux ? undefined : psTable();
  const line: ProcessEntry[] = [];
  for (let at = pid; at > 1 && line.length < MAX_STEPS;) {
    const found = isLinux ? fromProc(at) : table?.get(at);
    if (found === undefined) break;
    line.push({ pid: at, startTime: found.startTime, command: found.command });
    at = found.parent;
  }
  return line.length === 0 ? undefined : line;
}

function fromProc(pid: number): Pick<PsProcess, 'parent' | 'startTime' | 'command'> | undefined {
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

/** Whether an ancestor is a recorded process: the same pid, start time and machine. */
export const isProcess = ({ pid, startTime }: ProcessEntry, recorded: KnownProcess): boolean =>
  recorded.pid === pid && recorded.startTime === startTime && isAlive(pid, recorded.startTime, recorded.host) === true;
