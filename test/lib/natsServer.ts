import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from './network.ts';
import { tempDir } from './tempDir.ts';
import { waitFor } from './waitFor.ts';

/** Debian puts the server where only root's PATH leads. */
export const serverPath = {
  ...process.env,
  PATH: `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`,
};

/** Whether there is a real server to test with; CI has one (.ci/run installs it). */
export const hasNatsServer = spawnSync('nats-server', ['--version'], { env: serverPath }).status === 0;

/** Below those that a system gives away by itself, so that a port is still free when it is used a moment later. */
const [FIRST_PORT, LAST_PORT] = [10_000, 32_000];

/** A port that nobody has. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      // somebody has it
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Further lines of a configuration, or all of it. */
type ServerLines = string | ((port: number, store: string) => string);

/** A real nats-server with JetStream on this machine, which can be killed, started again, and lose its store. */
export class NatsServer {
  readonly port: number;
  readonly root = tempDir('fermata-nats-');
  readonly store = join(this.root, 'store');
  readonly #kept = join(this.root, 'kept');
  readonly #extra: ServerLines;
  #process: ChildProcess | undefined;

  readonly #host: Host | undefined;

  private constructor(port: number, extra: ServerLines, host: Host | undefined) {
    this.port = port;
    this.#extra = extra;
    this.#host = host;
  }

  /**
   * @param extra lines of its configuration, or all of it for a port and a folder
   * @param host of a network, on which it runs; this machine by default
   */
  static async start(extra: ServerLines = '', host?: Host): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), extra, host);
    await server.start();
    return server;
  }

  get #address(): string {
    return this.#host?.address ?? '127.0.0.1';
  }

  get url(): string {
    return `nats://${this.#address}:${this.port}`;
  }

  get log(): string {
    return readFileSync(join(this.root, 'log'), 'utf8');
  }

  async start(extra = this.#extra): Promise<void> {
    mkdirSync(this.store, { recursive: true });
    const config = join(this.root, 'server.conf');
    writeFileSync(config, typeof extra === 'function' ? extra(this.port, this.store) : this.#config(extra));
    const log = openSync(join(this.root, 'log'), 'a');
    const [program, ...args] = [...(this.#host?.prefix ?? []), 'nats-server', '-c', config];
    const child = spawn(program, args, { stdio: ['ignore', log, log], env: serverPath });
    this.#process = child;
    await waitFor(() => this.log.split('Server is ready').length > this.#starts, {
      describe: `nats-server on port ${this.port} to be ready`,
      timeoutMs: 100_000,
    });
    this.#starts++;
  }

  #config(extra: string): string {
    const isPlain = extra.includes('no jetstream');
    const jetstream = isPlain ? '' : `jetstream { store_dir: "${this.store}", max_mem: 64MB, max_file: 2GB }`;
    return `listen: "${this.#address}:${this.port}"\nmax_payload: 1MB\n${jetstream}\n${extra}\n`;
  }

  #starts = 1;

  /** Kills it as a power failure would. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** It stands still, with its connections, for so many ms. */
  async standStill(ms: number): Promise<void> {
    this.#process?.kill('SIGSTOP');
    await delay(ms);
    this.#process?.kill('SIGCONT');
  }

  /** Keeps what it has stored by now for `setBack`; it must not run. */
  keep(): void {
    rmSync(this.#kept, { recursive: true, force: true });
    cpSync(this.store, this.#kept, { recursive: true });
  }

  /** Sets it back to what it had stored when that was kept; it must not run. False where nothing was kept. */
  setBack(): boolean {
    if (!existsSync(this.#kept)) return false;
    this.wipe();
    cpSync(this.#kept, this.store, { recursive: true });
    return true;
  }

  /** Loses all that it has stored; it must not run. */
  wipe(): void {
    rmSync(this.store, { recursive: true, force: true });
  }
}
