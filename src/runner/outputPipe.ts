import { spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, fstatSync, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** After its process has ended, output may come from what that started for as long as this without a pause … */
const QUIET_MS = 100;
/** … and altogether for as long as this. */
const DRAIN_TIMEOUT_MS = 1000;

/**
 * One of a worker's output streams: a named pipe, which the worker holds open for reading too. So it never fails to
 * write when its runner is killed, and another runner can read on; and no more than a pipe full is ever on its way.
 */
export class OutputPipe {
  readonly #path: string;
  readonly #stream: Socket | undefined;
  #writerFd: number | undefined;
  #readable: Readable | undefined;
  #lastDataMs = 0;
  #closed: Promise<void> = Promise.resolve();

  /** Opens a pipe that `makePipes` has made. Where the system has none, `stdio` is an ordinary pipe of Node's. */
  constructor(path: string) {
    this.#path = path;
    const reader = openReader(path);
    if (reader === undefined) return;
    this.#writerFd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
    this.#stream = new Socket({ fd: reader, readable: true, writable: false });
  }

  /** What the worker's process is started with. */
  get stdio(): number | 'pipe' {
    return this.#writerFd ?? 'pipe';
  }

  /** Begins to read. `own` is what the process has where `stdio` is not a number. */
  read(childOutput: Readable | null, onData: (data: Buffer) => void): void {
    if (this.#writerFd !== undefined) closeSync(this.#writerFd);
    this.#writerFd = undefined;
    const readable = this.#stream ?? childOutput;
    if (readable === null) return;
    this.#readable = readable;
    readable.on('data', (data: Buffer) => {
      this.#lastDataMs = Date.now();
      onData(data);
    });
    this.#closed = new Promise((resolve) => {
      readable.once('close', () => resolve());
      readable.once('error', () => resolve());
    });
  }

  /** The process has ended: reads what is left and closes. A descendant that holds the pipe does not hold the runner. */
  async finish(): Promise<void> {
    const started = Date.now();
    this.#lastDataMs = started;
    const timer = setInterval(() => {
      if (Date.now() - this.#lastDataMs > QUIET_MS || Date.now() - started > DRAIN_TIMEOUT_MS)
        this.#readable?.destroy();
    }, QUIET_MS / 2);
    await this.#closed;
    clearInterval(timer);
  }

  /** Nothing more is to be read from it. */
  remove(): void {
    this.#stream?.destroy();
    if (this.#writerFd !== undefined) closeSync(this.#writerFd);
    try {
      if (this.#stream !== undefined) unlinkSync(this.#path);
    } catch {
      // gone already
    }
  }
}

/** Makes named pipes where there are none yet. Where that cannot be done, `OutputPipe` does without. */
export function makePipes(...paths: string[]): void {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0 && process.platform !== 'win32')
    spawnSync('mkfifo', ['-m', '600', ...missing], { stdio: 'ignore' });
}

function openReader(path: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  return undefined;
}
