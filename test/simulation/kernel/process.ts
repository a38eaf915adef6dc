import type { Inode } from './disk.ts';
import type { JobQueue, SimulatedPromise } from './promise.ts';

/** An open file of a process; a copy of its number shares it. */
export interface OpenFile {
  readonly inode: Inode;
  readonly path: string;
  readonly reads: boolean;
  readonly writes: boolean;
  readonly appends: boolean;
  position: number;
  /** How many numbers lead to it. */
  references: number;
}

/** How a process has ended. */
export interface Ending {
  code: number | null;
  signal: string | null;
}

/** A timer of a process. */
export interface Timer {
  readonly owner: SimulatedProcess;
  /** By the monotonic clock. */
  due: number;
  readonly order: number;
  readonly every: number | undefined;
  run: () => void;
  isCleared: boolean;
  keepsAlive: boolean;
}

export interface Start {
  /** What it is for the schedule of faults: `hook`, `runner`, …; each of these counts its processes. */
  kind: string;
  argv: string[];
  env: Record<string, string | undefined>;
  cwd?: string;
  parent?: SimulatedProcess | undefined;
  /** A group of its own. */
  detached?: boolean;
  input?: string;
  /** What its standard output and standard error are, where they are no pipes to whoever has started it. */
  stdio?: (OpenFile | undefined)[];
  /** What it does, as its first turn. */
  main: (self: SimulatedProcess) => void;
}

/** A process of the simulated machine. */
export class SimulatedProcess implements JobQueue {
  readonly pid: number;
  readonly kind: string;
  /** Its name in a schedule: its kind and which one of those it is. */
  readonly label: string;
  readonly argv: string[];
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
  readonly group: number;
  readonly startTicks: number;
  parent: SimulatedProcess | undefined;
  readonly input: Buffer;
  inputRead = 0;
  output = '';
  errors = '';
  exitCode: number | undefined;
  ended: Ending | undefined;
  isStopped = false;
  /** How many system calls it has made. */
  calls = 0;
  /** How many turns of it are on the stack: while one is, its other turns wait. */
  depth = 0;
  /** A call failed in it by a fault of the schedule. */
  hadFault = false;
  /** The disk was full in its time. */
  hadFullDisk = false;
  readonly files = new Map<number, OpenFile>();
  readonly ready: (() => void)[] = [];
  readonly jobs: (() => void)[] = [];
  readonly unhandled: SimulatedPromise<unknown>[] = [];
  readonly timers = new Set<Timer>();
  /** Watchers, children and pipes, which keep it from its end. */
  handles = 0;
  readonly signalHandlers = new Map<string, Set<{ run: () => void; once: boolean }>>();
  readonly onEnd: ((ending: Ending) => void)[] = [];
  /** Things to undo at its end. */
  readonly cleanups = new Set<() => void>();
  /** Answers of its system calls that depend on what it is, such as who reads its output. */
  outputIsClosed = false;
  /** What the simulation remembers of it. */
  readonly facts: Record<string, unknown> = {};

  constructor(pid: number, label: string, startTicks: number, start: Start) {
    this.pid = pid;
    this.kind = start.kind;
    this.label = label;
    this.startTicks = startTicks;
    this.argv = start.argv;
    this.env = start.env;
    this.cwd = start.cwd ?? start.parent?.cwd ?? '/';
    this.parent = start.parent;
    this.group = start.detached === true ? pid : (start.parent?.group ?? pid);
    this.input = Buffer.from(start.input ?? '', 'utf8');
  }

  get isAlive(): boolean {
    return this.ended === undefined;
  }

  /** Whether it could take a turn now. */
  get isReady(): boolean {
    return this.ended === undefined && !this.isStopped && this.depth === 0 && this.ready.length > 0;
  }

  enqueue(job: () => void): void {
    this.jobs.push(job);
  }

  rejected(promise: SimulatedPromise<unknown>): void {
    this.unhandled.push(promise);
  }
}
