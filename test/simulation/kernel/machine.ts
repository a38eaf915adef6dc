import { Disk, systemError } from './disk.ts';
import { GONE } from './gone.ts';
import { SimulatedProcess, type OpenFile, type Start, type Timer } from './process.ts';
import { setJobQueue } from './promise.ts';

/** What a program is started for: its path and arguments lead to what it does. */
export type Execute = (argv: string[]) => { kind: string; main: (self: SimulatedProcess) => void } | undefined;

/** How many processes may run within each other's system calls. */
const MAX_DEPTH = 6;
/** More calls than this in one process are an endless loop. */
const MAX_CALLS = 20_000;
/** The time that a call of the system takes, in milliseconds. */
const CALL_MS = 0.02;
export const BOOT_WALL_MS = Date.UTC(2026, 0, 5, 10);

/** What a schedule does at a system call, before it takes place. */
export type BeforeCall = (self: SimulatedProcess, call: string, path: string) => 'torn' | undefined;

let present: { machine: Machine; process: SimulatedProcess | undefined } | undefined;

/** The machine whose program runs now. */
export const machineNow = (): Machine => (present as { machine: Machine }).machine;

/** The label of the process that runs now, if one does. */
export const labelNow = (): string => present?.process?.label ?? 'nobody';

/** The process that runs now. */
export function processNow(): SimulatedProcess {
  const process = present?.process;
  if (process === undefined) throw new Error('no simulated process runs');
  return process;
}

setJobQueue(processNow);

/**
 * A simulated machine: clock, disk, processes. It does nothing by itself: whoever has it gives one process after the other a
 * turn, and lets time pass. A turn runs a process until it waits.
 */
export class Machine {
  /** The clock that only goes forward, in milliseconds. */
  now = 1000;
  /** What the system's clock shows beside it. */
  wallMs = BOOT_WALL_MS;
  readonly disk: Disk;
  readonly processes = new Map<number, SimulatedProcess>();
  readonly #counts = new Map<string, number>();
  readonly timers: Timer[] = [];
  #order = 0;
  #pids = 1000;
  depth = 0;
  totalCalls = 0;
  beforeCall: BeforeCall = () => undefined;
  execute: Execute = () => undefined;
  /** When a watch of a folder hears of a change, in milliseconds from it; undefined where it never does. */
  watchDelay: () => number | undefined = () => 0;
  readonly random: () => number;
  readonly watches = new Set<{ ino: number; notify: (name: string) => void }>();
  onEnd: (process: SimulatedProcess) => void = () => undefined;
  /** Until when the disk is full. */
  fullUntil = 0;
  /** What went wrong in a program that no program may do: the simulation has failed. */
  readonly failures: string[] = [];

  constructor(random: () => number) {
    this.random = random;
    this.disk = new Disk(() => this.wallMs + this.now);
    this.disk.onFull = () => {
      if (present?.process !== undefined) present.process.hadFullDisk = true;
    };
    this.disk.onChange = (folder, name) => {
      if (this.watches.size === 0) return;
      for (const watch of this.watches) if (watch.ino === folder.ino) watch.notify(name);
    };
  }

  /** The system's clock, epoch ms. */
  get clock(): number {
    return Math.floor(this.wallMs + this.now);
  }

  start(start: Start): SimulatedProcess {
    const nth = (this.#counts.get(start.kind) ?? 0) + 1;
    this.#counts.set(start.kind, nth);
    const pid = this.#pids++;
    const process = new SimulatedProcess(pid, `${start.kind}#${nth}`, Math.floor(this.now / 10), start);
    for (const [number, file] of (start.stdio ?? []).entries())
      if (file !== undefined) {
        file.references++;
        process.files.set(number, file);
      }
    this.processes.set(pid, process);
    process.ready.push(() => start.main(process));
    return process;
  }

  /** Gives a process one turn: what is ready first, and all that follows from it. */
  turn(process: SimulatedProcess): void {
    const task = process.ready.shift();
    if (task === undefined || process.ended !== undefined) return;
    const before = present;
    const within = { machine: this as Machine, process };
    present = within;
    process.depth++;
    this.depth++;
    try {
      task();
      for (;;) {
        for (let job = process.jobs.shift(); job !== undefined; job = process.jobs.shift()) job();
        const lost = process.unhandled.splice(0).find((promise) => !promise.isHandled);
        if (lost === undefined) break;
        throw lost.reason;
      }
      this.#endIfIdle(process);
    } catch (error) {
      // whoever ends sees nothing of what its own code made of that
      if (error !== GONE && process.ended === undefined) {
        process.errors += String((error as Error).stack ?? error);
        this.failures.push(`${process.label}: ${String((error as Error).stack ?? error)}`);
        this.end(process, 1, null);
      }
    } finally {
      present = before;
      process.depth--;
      this.depth--;
    }
  }

  #endIfIdle(process: SimulatedProcess): void {
    if (process.ready.length > 0 || process.handles > 0) return;
    for (const timer of process.timers) if (timer.keepsAlive) return;
    this.end(process, process.exitCode ?? 0, null);
  }

  /** Ends a process at once: from here on each of its calls fails. */
  end(process: SimulatedProcess, code: number | null, signal: string | null): void {
    if (process.ended !== undefined) return;
    process.ended = { code, signal };
    for (const timer of process.timers) timer.isCleared = true;
    for (const number of process.files.keys()) this.close(process, number);
    for (const cleanup of process.cleanups) cleanup();
    process.ready.length = 0;
    process.jobs.length = 0;
    for (const child of this.processes.values()) if (child.parent === process) child.parent = undefined;
    this.processes.delete(process.pid);
    for (const notify of process.onEnd) notify(process.ended);
    this.onEnd(process);
  }

  /** Sends a signal, as kill(2) does. */
  signal(process: SimulatedProcess, signal: string): void {
    if (process.ended !== undefined) return;
    if (signal === 'SIGSTOP') process.isStopped = true;
    else if (signal === 'SIGCONT') process.isStopped = false;
    else if (signal === 'SIGKILL') this.end(process, null, signal);
    else {
      const handlers = process.signalHandlers.get(signal);
      if (handlers === undefined || handlers.size === 0) return this.end(process, null, signal);
      for (const handler of handlers) {
        if (handler.once) handlers.delete(handler);
        process.ready.push(handler.run);
      }
    }
  }

  /**
   * Called at each system call of the present process. The schedule may let others run, end this one, or throw an error in
   * the call's place. Throws GONE in a process that has ended.
   */
  call(call: string, path = ''): 'torn' | undefined {
    const process = processNow();
    if (process.ended !== undefined) throw GONE;
    this.now += CALL_MS;
    if (this.disk.room !== Infinity && this.now > this.fullUntil) this.disk.room = Infinity;
    this.totalCalls++;
    if (++process.calls > MAX_CALLS) {
      this.failures.push(`${process.label} makes more than ${MAX_CALLS} system calls`);
      this.end(process, null, 'SIGKILL');
      throw GONE;
    }
    const torn = this.beforeCall(process, call, path);
    if (process.ended !== undefined) throw GONE;
    return torn;
  }

  /** The present process waits for ever, as no program of Fermata may. */
  hang(where: string): never {
    const process = processNow();
    this.failures.push(`${process.label} waits for ever at ${where}`);
    this.end(process, null, 'SIGKILL');
    throw GONE;
  }

  /** Whether another process may run within the present call. */
  get mayNest(): boolean {
    return this.depth < MAX_DEPTH;
  }

  addTimer(run: () => void, ms: number, every?: number): Timer {
    const owner = processNow();
    const delay = Number.isFinite(ms) && ms > 0 && ms < 0x8000_0000 ? ms : 1;
    const timer: Timer = {
      owner,
      due: this.now + Math.max(1, delay),
      order: this.#order++,
      every: every === undefined ? undefined : Math.max(1, every),
      run,
      isCleared: false,
      keepsAlive: true,
    };
    owner.timers.add(timer);
    this.timers.push(timer);
    return timer;
  }

  clearTimer(timer: Timer | undefined): void {
    if (timer === undefined) return;
    timer.isCleared = true;
    timer.owner.timers.delete(timer);
  }

  /** Something that happens to a process after a time, without a timer of its own. */
  later(owner: SimulatedProcess, ms: number, run: () => void): Timer {
    const timer: Timer = {
      owner,
      due: this.now + ms,
      order: this.#order++,
      every: undefined,
      run,
      isCleared: false,
      keepsAlive: false,
    };
    this.timers.push(timer);
    return timer;
  }

  /** Makes ready what is due by now. */
  fireDue(): void {
    if (this.timers.length === 0) return;
    const due: Timer[] = [];
    let kept = 0;
    for (const timer of this.timers) {
      if (timer.isCleared) continue;
      if (timer.due <= this.now) due.push(timer);
      else this.timers[kept++] = timer;
    }
    this.timers.length = kept;
    if (due.length === 0) return;
    due.sort((a, b) => a.due - b.due || a.order - b.order);
    for (const timer of due) {
      if (timer.owner.ended !== undefined) continue;
      if (timer.every === undefined) timer.owner.timers.delete(timer);
      else {
        timer.due = this.now + timer.every;
        this.timers.push(timer);
      }
      timer.owner.ready.push(() => {
        if (!timer.isCleared) timer.run();
      });
    }
  }

  /** When the next timer is due; undefined where nothing waits for time. */
  nextDue(): number | undefined {
    let next: number | undefined;
    for (const { isCleared, due, owner } of this.timers)
      if (!isCleared && owner.ended === undefined && (next === undefined || due < next)) next = due;
    return next;
  }

  openFile(process: SimulatedProcess, file: OpenFile): number {
    let number = 3;
    while (process.files.has(number)) number++;
    file.references++;
    process.files.set(number, file);
    return number;
  }

  fileOf(number: number, syscall: string): OpenFile {
    const file = processNow().files.get(number);
    if (file === undefined) throw systemError('EBADF', syscall);
    return file;
  }

  close(process: SimulatedProcess, number: number): void {
    const file = process.files.get(number);
    if (file === undefined) throw systemError('EBADF', 'close');
    process.files.delete(number);
    if (--file.references > 0 || file.inode.kind !== 'pipe') return;
    if (file.reads) file.inode.openToRead--;
    if (!file.writes) return;
    if (--file.inode.writers === 0) for (const notify of file.inode.readers) notify();
  }
}
