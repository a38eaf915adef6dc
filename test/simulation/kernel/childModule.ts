import { EventEmitter } from 'node:events';
import { systemError } from './disk.ts';
import { machineNow, processNow } from './machine.ts';
import type { Ending, OpenFile, SimulatedProcess } from './process.ts';

// The part of `node:child_process` that Fermata's programs use.

interface SpawnOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  detached?: boolean;
  stdio?: unknown;
}

class Child extends EventEmitter {
  pid: number | undefined;
  readonly stdout = null;
  readonly stderr = null;
  /** Lets its parent end before it. */
  unref = (): void => undefined;
}

/** `sh -c '"$@" … &' sh program …`, by which a program is started that outlives its parent. */
const isBackgroundShell = (argv: readonly string[]): boolean => argv[0] === '/bin/sh' && argv[1] === '-c';

export function spawn(program: string, args: string[], options: SpawnOptions = {}): Child {
  const machine = machineNow();
  machine.call('spawn', program);
  const parent = processNow();
  const child = new Child();
  const argv = [program, ...args];
  const background = isBackgroundShell(argv);
  const command = background ? argv.slice(4) : argv;
  const executed = machine.execute(command);
  const finish = (run: () => void): void => {
    parent.handles++;
    machine.later(parent, 1, () => {
      parent.handles--;
      run();
    });
  };
  if (executed === undefined) {
    finish(() => child.emit('error', systemError('ENOENT', `spawn ${program}`, program)));
    return child;
  }
  const stdio = Array.isArray(options.stdio) ? options.stdio.map(fileOf) : [];
  const started = machine.start({
    kind: executed.kind,
    argv: command,
    env: { ...(options.env ?? parent.env) },
    cwd: options.cwd ?? parent.cwd,
    parent: background ? undefined : parent,
    detached: options.detached ?? false,
    stdio,
    main: executed.main,
  });
  if (background) {
    child.pid = started.pid;
    return child;
  }
  child.pid = started.pid;
  let isHeld = true;
  parent.handles++;
  child.unref = (): void => {
    if (isHeld) parent.handles--;
    isHeld = false;
  };
  started.onEnd.push(({ code, signal }: Ending) => {
    if (!parent.isAlive) return;
    machine.later(parent, 0, () => {
      child.unref();
      child.emit('exit', code, signal);
      child.emit('close', code, signal);
    });
  });
  return child;
}

function fileOf(each: unknown): OpenFile | undefined {
  return typeof each === 'number' ? processNow().files.get(each) : undefined;
}

/** Only `mkfifo` is there; whatever else is started synchronously is not. */
export function spawnSync(program: string, args: string[]): object {
  const machine = machineNow();
  machine.call('spawn', program);
  if (program !== 'mkfifo') return { status: null, error: systemError('ENOENT', `spawnSync ${program}`, program) };
  for (const path of args.slice(2))
    try {
      machine.disk.makePipe(path, 0o600);
    } catch {
      return { status: 1 };
    }
  return { status: 0, stdout: '', stderr: '' };
}

export function execFileSync(program: string): never {
  machineNow().call('spawn', program);
  throw systemError('ENOENT', `spawnSync ${program}`, program);
}

export function execFile(program: string, ...rest: unknown[]): void {
  const machine = machineNow();
  machine.call('spawn', program);
  const done = rest.at(-1);
  const parent = processNow();
  parent.handles++;
  machine.later(parent, 1, () => {
    parent.handles--;
    if (typeof done === 'function') done(systemError('ENOENT', `spawn ${program}`, program), '', '');
  });
}

/** Sends a signal, as `process.kill` does. Throws ESRCH. */
export function kill(pid: number, signal: string | number = 'SIGTERM'): true {
  const machine = machineNow();
  machine.call('kill');
  const all = [...machine.processes.values()];
  const targets: SimulatedProcess[] = all.filter((each) => (pid < 0 ? each.group === -pid : each.pid === pid));
  if (targets.length === 0) throw systemError('ESRCH', 'kill');
  if (signal !== 0) for (const target of targets) machine.signal(target, String(signal));
  return true;
}

/** `node:net`'s Socket over the reading end of a named pipe. */
export class Socket extends EventEmitter {
  readonly #fd: number;
  readonly #owner = processNow();
  #isClosed = false;
  #isScheduled = false;
  readonly #file: OpenFile | undefined;

  constructor({ fd }: { fd: number }) {
    super();
    this.#fd = fd;
    this.#file = this.#owner.files.get(fd);
    this.#file?.inode.readers.add(this.#notify);
    this.#owner.handles++;
    this.#owner.cleanups.add(this.#leave);
    this.#notify();
  }

  readonly #leave = (): void => void this.#file?.inode.readers.delete(this.#notify);

  readonly #notify = (): void => {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    machineNowOf(this.#owner).later(this.#owner, 0, () => {
      this.#isScheduled = false;
      this.#read();
    });
  };

  #read(): void {
    const inode = this.#file?.inode;
    if (this.#isClosed || inode === undefined) return;
    if (inode.size > 0) {
      const data = Buffer.from(inode.content);
      inode.size = 0;
      this.emit('data', data);
    }
    if (inode.writers === 0) this.destroy();
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leave();
    this.#owner.cleanups.delete(this.#leave);
    this.#owner.handles--;
    if (this.#owner.files.has(this.#fd)) machineNowOf(this.#owner).close(this.#owner, this.#fd);
    machineNowOf(this.#owner).later(this.#owner, 0, () => this.emit('close'));
  }
}

const machineNowOf = (process: SimulatedProcess) =>
  (process.facts['machine'] ?? machineNow()) as ReturnType<typeof machineNow>;
