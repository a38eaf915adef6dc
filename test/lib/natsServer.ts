import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { tempDir } from './tempDir.ts';
import { waitFor } from './waitFor.ts';

/** Debian puts the server where only root's PATH leads. */
export const serverPath = {
  ...process.env,
  PATH: `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`,
};

/** Whether there is a real server to test with; CI has one (.ci/run installs it). */
export const hasNatsServer = spawnSync('nats-server', ['--version'], { env: serverPath }).status === 0;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A real nats-server with JetStream on this machine, which can be killed, started again, and lose its store. */
export class NatsServer {
  readonly port: number;
  readonly root = tempDir('fermata-nats-');
  readonly #extra: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, extra: string) {
    this.port = port;
    this.#extra = extra;
  }

  /** @param extra lines of its configuration */
  static async start(extra = ''): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), extra);
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get log(): string {
    return readFileSync(join(this.root, 'log'), 'utf8');
  }

  async start(extra = this.#extra): Promise<void> {
    const store = join(this.root, 'store');
    mkdirSync(store, { recursive: true });
    const jetstream = extra.includes('no jetstream')
      ? ''
      : `jetstream { store_dir: "${store}", max_mem: 64MB, max_file: 2GB }`;
    const config = join(this.root, 'server.conf');
    writeFileSync(config, `listen: 127.0.0.1:${this.port}\nmax_payload: 1MB\n${jetstream}\n${extra}\n`);
    const log = openSync(join(this.root, 'log'), 'a');
    const child = spawn('nats-server', ['-c', config], { stdio: ['ignore', log, log], env: serverPath });
    this.#process = child;
    await waitFor(() => this.log.split('Server is ready').length > this.#starts, {
      describe: `nats-server on port ${this.port} to be ready`,
      timeoutMs: 30_000,
    });
    this.#starts++;
  }

  #starts = 1;

  /** Kills it as a power failure would. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Loses all that it has stored; it must not run. */
  wipe(): void {
    rmSync(join(this.root, 'store'), { recursive: true, force: true });
  }
}
