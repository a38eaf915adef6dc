import { spawnSync } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { monotonicMs } from '#core/base/clock.ts';
import { openPipe } from '#core/base/files/openFile.ts';
import { removeFile } from '#core/base/files/remove.ts';

/** After the end of a process its descendants may write for this long without a pause … */
const QUIET_MS = 100;
/** … and for this long in all. */
const DRAIN_TIMEOUT_MS = 1000;

/**
 * One output stream of a worker: a named pipe that the worker also holds open for reading. So its writes do not fail when
 * its runner is killed, another runner can continue to read, and at most one pipe buffer is in flight.
 */
export class OutputPipe {
  readonly #path: string;
  readonly #stream: Socket | undefined;
  #writerFd: number | undefined;
  #readable: Readable | undefined;
  #lastDataMs = 0;
  #closed: Promise<void> = Promise.resolve();

  /** Opens a pipe that `makePipes` has made. On a system without named pipes, `stdio` is an ordinary pipe of Node. */
  constructor(path: string) {
    this.#path = path;
    const reader = openPipe(path, 'read');
    if (reader === undefined) return;
    this.#writerFd = openPipe(path, 'hold');
    this.#stream = new Socket({ fd: reader, readable: true, writable: false });
  }

  /** The `stdio` value for spawning the worker's process. */
  get stdio(): number | 'pipe' {
    return this.#writerFd ?? 'pipe';
  }

  /** Begins to read. `own` is the stream of the process if `stdio` is not a number. */
  read(childOutput: Readable | null, onData: (data: Buffer) => void): void {
    if (this.#writerFd !== undefined) closeSync(this.#writerFd);
    this.#writerFd = undefined;
    const readable = this.#stream ?? childOutput;
    if (readable === null) return;
    this.#readable = readable;
    readable.on('data', (data: Buffer) => {
      this.#lastDataMs = monotonicMs();
      onData(data);
    });
    this.#closed = new Promise((resolve) => {
      readable.once('close', () => resolve());
      readable.once('error', () => resolve());
    });
  }

  /** Reads the rest after the end of the process and closes. A descendant that keeps the pipe open does not delay the runner for long. */
  async finish(): Promise<void> {
    const started = monotonicMs();
    this.#lastDataMs = started;
    const timer = setInterval(() => {
      if (monotonicMs() - this.#lastDataMs > QUIET_MS || monotonicMs() - started > DRAIN_TIMEOUT_MS)
        this.#readable?.destroy();
    }, QUIET_MS / 2);
    await this.#closed;
    clearInterval(timer);
  }

  /** Removes the pipe's file. */
  remove(): void {
    this.#stream?.destroy();
    if (this.#writerFd !== undefined) closeSync(this.#writerFd);
    try {
      if (this.#stream !== undefined) removeFile(this.#path);
    } catch {
      // already removed
    }
  }
}

/** Makes the named pipes that are missing. If that fails, `OutputPipe` uses ordinary pipes. */
export function makePipes(...paths: string[]): void {
  const missing = paths.filter((path) => !existsSync(path));
  const [first] = missing;
  // outside of the project: a PATH with a relative folder would lead there
  if (first !== undefined && process.platform !== 'win32')
    spawnSync('mkfifo', ['-m', '600', ...missing], { cwd: dirname(first), stdio: 'ignore' });
}
