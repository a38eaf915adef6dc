import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { monotonicMs } from './clock.ts';

/** A process as `ps` shows it, which is all that a system without /proc shows of its processes. */
export interface PsProcess {
  pid: number;
  parent: number;
  /** The process group. */
  group: number;
  /** It has ended and waits to be collected. */
  zombie: boolean;
  /**
   * When it was started, as text: `Sun Nov 29 14:20:44 2026`, in UTC. Claude Code keeps the very same text as `procStart`.
   * Undefined where this `ps` has no such column.
   */
  startTime?: string | undefined;
  /** Its command line, with blanks between the arguments. */
  command: string;
}

/** The columns that macOS, the BSDs and procps know; the command comes last, since it may contain anything. */
const COLUMNS = 'pid=,ppid=,pgid=,stat=,lstart=,command=';
/** Of busybox, which always shows all processes, and when each was started in none of its columns. */
const FEWER_COLUMNS = ['-o', 'pid,ppid,pgid,stat,args'];
const PROGRAMS = ['/bin/ps', '/usr/bin/ps'];
const TIMEOUT_MS = 3000;
/** The same after one that was too slow. */
const LONG_TIMEOUT_MS = 6000;
/**
 * A `ps` that has failed is left alone for this time, since a program may look several times a second; twice as long after each
 * further failure. On a machine that is very busy it fails once, and what ends processes needs it.
 */
const MIN_RETRY_MS = 2000;
const MAX_RETRY_MS = 30_000;
/** The age up to which a row still counts: no pid is given out twice within it. */
const MAX_AGE_MS = 2000;
/** Of these queries within that time each is for one process; the next one is for all of them. */
const MAX_SINGLE = 2;
/** With very many processes a table costs a noticeable time, and is used for this many times as long. */
const MAX_SHARE = 20;

type Rows = ReadonlyMap<number, PsProcess>;

let last: { rows: Rows; madeMs: number; tookMs: number } | undefined;
let failure: { ms: number; retryMs: number } | undefined;
let singleMs: number[] = [];

/**
 * All processes by pid, in a table that is at most `maxAgeMs` old; by default it is made now. Undefined where there is no
 * `ps`, or it does not show them.
 */
export function psTable(maxAgeMs = 0): Rows | undefined {
  const now = monotonicMs();
  if (last !== undefined && maxAgeMs > 0 && now - last.madeMs < Math.max(maxAgeMs, MAX_SHARE * last.tookMs))
    return last.rows;
  const rows = parsePs(output(['-axwwo', COLUMNS]) ?? output(FEWER_COLUMNS) ?? '');
  if (rows.size === 0) {
    // `output` has recorded a time-out, and a failure before that is not a new one
    if (isUsable(now)) recordFailure(now);
    return undefined;
  }
  last = { rows, madeMs: monotonicMs(), tookMs: monotonicMs() - now };
  return rows;
}

/** One process, as it was at most two seconds ago. Undefined where there is none, or it is not shown. */
export function psProcess(pid: number): PsProcess | undefined {
  const now = monotonicMs();
  const known = last !== undefined && now - last.madeMs < MAX_AGE_MS ? last.rows.get(pid) : undefined;
  if (known !== undefined) return known;
  singleMs = singleMs.filter((ms) => now - ms < MAX_AGE_MS);
  if (singleMs.length >= MAX_SINGLE) return psTable()?.get(pid);
  singleMs.push(now);
  const text = output(['-wwo', COLUMNS, '-p', String(pid)]);
  return text === undefined ? psTable()?.get(pid) : parsePs(text).get(pid);
}

/**
 * Whether the process of that pid and start time runs; a zombie has ended. Undefined where a process has that number and its
 * start is not shown.
 */
export function isAliveByPs(pid: number, startTime?: string): boolean | undefined {
  if (!hasPid(pid)) return false;
  const found = psProcess(pid);
  if (found?.zombie === true) return false;
  if (startTime === undefined) return true;
  if (found?.startTime === undefined) return hasPid(pid) ? undefined : false;
  return found.startTime === startTime;
}

/** Whether a process has that number here, whichever it is; one that has ended counts until it was collected. */
export function hasPid(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The environment of each process, by pid, as text of `NAME=value` with blanks between; of other users' processes, and
 * of the system's own programs on macOS, it is empty. Undefined where `ps` does not show it.
 */
export function psEnvironments(): ReadonlyMap<number, string> | undefined {
  const columns = 'pid=,command=';
  // macOS and the BSDs; procps
  const text = output(['-axEwwo', columns]) ?? output(['axeww', '-o', columns]);
  const rows = text === undefined ? undefined : psTable(MAX_AGE_MS);
  if (text === undefined || rows === undefined) return undefined;
  const found = text.split('\n').flatMap((line) => {
    const [, pid, shown = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    const command = rows.get(Number(pid))?.command;
    // what an argument contains is not in the environment
    return command !== undefined && shown.startsWith(command)
      ? [[Number(pid), shown.slice(command.length)] as const]
      : [];
  });
  return new Map(found);
}

/** The rows of a `ps` with either of the two lists of columns. */
export function parsePs(text: string): Map<number, PsProcess> {
  const rows = new Map<number, PsProcess>();
  for (const line of text.split('\n')) {
    const [, pid, parent, group, state = '', startTime, command = ''] = ROW.exec(line) ?? [];
    if (pid === undefined) continue;
    const zombie = state.startsWith('Z');
    rows.set(Number(pid), {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      zombie,
      startTime,
      command,
    });
  }
  return rows;
}

const ROW =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(?:([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})(?:\s+|$))?(.*)$/;

/** What `ps` prints; empty where it finds no such process. Undefined where it fails, or is not there. */
function output(args: string[]): string | undefined {
  if (!isUsable(monotonicMs())) return undefined;
  const program = process.platform === 'win32' ? undefined : PROGRAMS.find((path) => existsSync(path));
  if (program === undefined) return undefined;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    maxBuffer: 1 << 26,
    timeout: failure === undefined ? TIMEOUT_MS : LONG_TIMEOUT_MS,
  });
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT') recordFailure(monotonicMs());
  const isShown = status === 0 || (status === 1 && stdout === '' && stderr === '');
  if (status === 0) failure = undefined;
  return isShown ? stdout : undefined;
}

const isUsable = (now: number): boolean => failure === undefined || now - failure.ms >= failure.retryMs;

function recordFailure(ms: number): void {
  failure = { ms, retryMs: failure === undefined ? MIN_RETRY_MS : Math.min(2 * failure.retryMs, MAX_RETRY_MS) };
}
