import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { startGuard } from '#core/base/guardProcess.ts';
import { signalAll, stopTree } from '#core/base/processTree.ts';
import { startable } from '#core/base/windowsCommand.ts';
import type { Io } from './verb.ts';

/** A command that runs only while its lock is held: it can be stopped, and it ends with the process that holds the lock. */
export class LockedCommand {
  readonly #child: ChildProcess;
  readonly #guard: ChildProcess | undefined;
  /** Whether it leads a process group of its own. In a terminal it shares that of its caller, as the terminal needs it. */
  readonly #ownGroup: boolean;
  readonly #stopped = new Set<number>();
  readonly exited: Promise<number>;

  /** Throws a sentence where the command cannot be started as it is. */
  constructor(io: Io, command: string[], env: NodeJS.ProcessEnv) {
    const { program, args, options } = startable(command, env, io.cwd);
    this.#ownGroup = process.platform !== 'win32' && ![0, 1, 2].some((fd) => isatty(fd));
    this.#guard = startGuard(GUARD);
    // without `cwd` a command also starts in a folder that was removed
    const cwd = existsSync(io.cwd) ? { cwd: io.cwd } : {};
    this.#child = spawn(program, args, { ...options, stdio: 'inherit', detached: this.#ownGroup, ...cwd });
    if (this.#child.pid !== undefined) this.#guard?.stdin?.write(`${this.#child.pid}\n`);
    this.exited = new Promise<number>((resolve) => {
      this.#child.on('error', (error: NodeJS.ErrnoException) => {
        io.stderr(`fermata with-lock: cannot start: ${command[0]}: ${error.code ?? error.message}\n`);
        resolve(error.code === 'ENOENT' ? 127 : 126);
      });
      this.#child.on('exit', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    }).finally(() => this.#guard?.stdin?.end('ended\n'));
  }

  /** A signal to this program goes on to the command, which decides when it ends. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    signalAll([this.#ownGroup ? -pid : pid], signal);
  }

  get isStopped(): boolean {
    return this.#stopped.size > 0;
  }

  /** Stops it with all that it has started, until it is continued or killed. */
  stop(): void {
    const { pid } = this.#child;
    this.signal('SIGSTOP');
    if (pid !== undefined) for (const stopped of stopTree(pid)) this.#stopped.add(stopped);
  }

  continue(): void {
    signalAll([...this.#stopped], 'SIGCONT');
    this.signal('SIGCONT');
    this.#stopped.clear();
  }

  kill(): void {
    this.stop();
    signalAll([...this.#stopped], 'SIGKILL');
    this.signal('SIGKILL');
  }
}

/** Ends the command if this process is killed. Reads its pid, then waits: for a line when it has ended, for the end of input else. */
const GUARD = `read -r pid || exit 0
read -r ended && exit 0
end() {
  kill -STOP "$1" 2>/dev/null
  for child in $(pgrep -P "$1" 2>/dev/null); do end "$child"; done
  kill -KILL "$1" 2>/dev/null
}
end "$pid"
kill -KILL -- "-$pid" 2>/dev/null`;
