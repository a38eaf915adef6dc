import { kill } from './childModule.ts';
import { systemError } from './disk.ts';
import { GONE } from './gone.ts';
import { BOOT_WALL_MS, machineNow, processNow } from './machine.ts';
import type { Timer } from './process.ts';
import { SimulatedPromise } from './promise.ts';

// What simulated programs have in the place of Node's globals.

export const NODE = '/usr/bin/node';

const RealDate = Date;
export class SimulatedDate extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(machineNow().clock);
    else super(...(args as [number]));
  }
  static override now(): number {
    return machineNow().clock;
  }
}

/** Math with a random() from the seed. */
export const simulatedMath: typeof Math = Object.create(null) as typeof Math;
for (const name of Object.getOwnPropertyNames(Math))
  Object.defineProperty(simulatedMath, name, {
    value: name === 'random' ? () => machineNow().random() : (Math as unknown as Record<string, unknown>)[name],
  });

/** A wait without a turn: time passes. */
export const simulatedAtomics = {
  wait: (_array: unknown, _index: number, _value: number, ms = 0): string => {
    const machine = machineNow();
    machine.call('wait');
    machine.now += ms;
    return 'timed-out';
  },
};

export const simulatedPerformance = { now: () => machineNow().now, timeOrigin: BOOT_WALL_MS };

class Timeout {
  readonly timer: Timer;
  constructor(timer: Timer) {
    this.timer = timer;
  }
  unref(): this {
    this.timer.keepsAlive = false;
    return this;
  }
  ref(): this {
    this.timer.keepsAlive = true;
    return this;
  }
}

type Action = (...args: unknown[]) => void;
export const setTimeout = (run: Action, ms = 0, ...args: unknown[]): Timeout =>
  new Timeout(machineNow().addTimer(() => run(...args), ms));
export const setInterval = (run: Action, ms = 0, ...args: unknown[]): Timeout =>
  new Timeout(machineNow().addTimer(() => run(...args), ms, ms));
export const setImmediate = (run: Action, ...args: unknown[]): Timeout => setTimeout(run, 0, ...args);
export const clearTimeout = (timeout?: Timeout): void => machineNow().clearTimer(timeout?.timer);
export const queueMicrotask = (run: () => void): void => processNow().enqueue(run);

function delay(ms = 1, value?: unknown, { signal }: { signal?: AbortSignal } = {}): SimulatedPromise<unknown> {
  return new SimulatedPromise((resolve, reject) => {
    const abort = (): void => reject(Object.assign(new Error('The operation was aborted'), { name: 'AbortError' }));
    if (signal?.aborted === true) return abort();
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    }, ms);
    const onAbort = (): void => {
      clearTimeout(timer);
      abort();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
export const timersPromises = { setTimeout: delay, setImmediate: () => delay(0) };

type Handler = (...args: unknown[]) => void;

function onSignal(signal: string, run: Handler, once: boolean): void {
  const { signalHandlers } = processNow();
  const handlers = signalHandlers.get(signal) ?? new Set();
  signalHandlers.set(signal, handlers);
  handlers.add({ run, once });
}

function offSignal(signal: string, run: Handler): void {
  const handlers = processNow().signalHandlers.get(signal);
  for (const handler of handlers ?? []) if (handler.run === run) handlers?.delete(handler);
}

/** `process` of whatever process runs now. */
export const simulatedProcess = {
  get pid() {
    return processNow().pid;
  },
  get ppid() {
    return processNow().parent?.pid ?? 1;
  },
  get argv() {
    return processNow().argv;
  },
  get env() {
    return processNow().env;
  },
  get exitCode() {
    return processNow().exitCode;
  },
  set exitCode(code: number | undefined) {
    processNow().exitCode = code;
  },
  execPath: NODE,
  execArgv: [],
  platform: 'linux',
  arch: 'x64',
  version: process.version,
  versions: { ...process.versions },
  getuid: () => 1000,
  cwd: () => processNow().cwd,
  exit: (code?: number): never => {
    const self = processNow();
    machineNow().end(self, code ?? self.exitCode ?? 0, null);
    throw GONE;
  },
  kill,
  hrtime: Object.assign(
    (): [number, number] => {
      const { now } = machineNow();
      return [Math.floor(now / 1000), Math.floor((now % 1000) * 1e6)];
    },
    { bigint: () => BigInt(Math.floor(machineNow().now * 1e6)) },
  ),
  on: (signal: string, run: Handler) => onSignal(signal, run, false),
  once: (signal: string, run: Handler) => onSignal(signal, run, true),
  off: offSignal,
  cpuUsage: () => ({ user: 0, system: 0 }),
  get stdin(): never {
    throw systemError('EBADF', 'read');
  },
  stderr: { write: (text: string) => void (processNow().errors += text) },
  stdout: { write: (text: string) => void (processNow().output += text) },
};

export const simulatedConsole = {
  error: (...words: unknown[]) => void (processNow().errors += `${words.map(String).join(' ')}\n`),
  log: (...words: unknown[]) => void (processNow().output += `${words.map(String).join(' ')}\n`),
};
