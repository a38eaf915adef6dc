import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { homePaths } from '#core/base/paths.ts';
import { isAlive } from '#core/base/processes.ts';
import { shellQuote } from '#core/base/shellQuote.ts';
import { Stage, type CommandResult } from './fermata.ts';
import { repoRoot } from './runtimes.ts';
import { tempDir } from './tempDir.ts';
import { waitFor } from './waitFor.ts';

/** How a machine looks to Node: macOS, as `darwin.cjs` plays it, or the real thing, which every case has to pass as well. */
export const MACHINES = ['darwin', 'linux'] as const;
export type Machine = (typeof MACHINES)[number];

/** A Node that sees such a machine, and so do the programs that it starts. `more` are variables of `darwin.cjs`. */
export function nodeOf(machine: Machine, folder: string, more: Record<string, string> = {}): string {
  const path = join(folder, `node-${machine}`);
  const variables = Object.entries({ FAKE_PLATFORM: machine, FAKE_NODE: path, ...more });
  const exports = variables.map(([name, value]) => `export ${name}=${shellQuote(value)}`);
  const start = `exec ${shellQuote(process.execPath)} --require ${shellQuote(join(repoRoot, 'test/lib/darwin.cjs'))} "$@"`;
  writeFileSync(path, ['#!/bin/sh', ...exports, start, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}

/** A stage whose programs see another machine. */
export class MachineStage extends Stage {
  readonly #started: number[] = [];

  constructor(machine: Machine, variables: Record<string, string> = {}) {
    super();
    const nodePath = nodeOf(machine, this.root, variables);
    const installed = installRuntime({ home: this.home, distDir: join(repoRoot, 'dist'), nodePath, version: 'test' });
    if (!installed.ok) throw new Error(installed.message);
  }

  fermata(...args: string[]): Promise<CommandResult> {
    return new Promise((resolve) => {
      const options = { env: this.env(), cwd: this.project, timeout: 90_000 };
      const child = execFile(homePaths(this.home).cli, args, options, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
      );
      child.stdin?.end();
    });
  }

  /** Starts a worker that writes the numbers of processes into files, and waits for them. */
  async worker(script: string, ...files: string[]): Promise<number[]> {
    const { code, err } = await this.fermata('spawn', '--task', 'long', '--', 'sh', '-c', script);
    if (code !== 0) throw new Error(err);
    const pids = await waitFor(
      () => {
        const found = files.map((file) => Number(readFileSync(join(this.project, file), 'utf8')));
        const runs = this.state().workers.get('W1')?.state === 'running';
        return runs && found.every((pid) => pid > 1) ? found : undefined;
      },
      { describe: 'the worker to run', timeoutMs: 100_000 },
    );
    this.#started.push(...pids);
    return pids;
  }

  /** Ends what was started and still runs. */
  close(): void {
    for (const pid of this.#started) if (isAlive(pid) === true) process.kill(pid, 'SIGKILL');
  }

  get runner(): number {
    const info = join(this.dir, 'workers/W1/run/runner.json');
    return existsSync(info) ? (JSON.parse(readFileSync(info, 'utf8')) as { pid: number }).pid : -1;
  }

  async killRunner(): Promise<void> {
    const pid = this.runner;
    process.kill(pid, 'SIGKILL');
    await waitFor(() => isAlive(pid) === false, { describe: 'the runner to have ended' });
  }

  /** Kills the runner, and waits until another one has taken its worker over. */
  async replaceRunner(): Promise<void> {
    const runner = this.runner;
    await this.killRunner();
    await waitFor(async () => (await this.fermata('status')).code === 0 && this.runner !== runner, {
      describe: 'another runner',
      timeoutMs: 100_000,
      intervalMs: 200,
    });
  }

  /** Waits until processes have ended. */
  gone(pids: number[]): Promise<boolean> {
    return waitFor(() => pids.every((pid) => isAlive(pid) === false), {
      describe: `${pids.join(', ')} to have ended`,
      timeoutMs: 100_000,
    });
  }

  /** What another program of Fermata does that looks at the session now and then. */
  ended = async (): Promise<boolean> => {
    await this.fermata('status');
    return ['lost', 'aborted', 'failed'].includes(this.state().workers.get('W1')?.state ?? '');
  };
}

/** A Mac whose `ps` hangs as long as there is a file `hang`, and has hung once there is a file `hung`. */
export function hangingStage(): { stage: MachineStage; hang: string; hung: string } {
  const folder = tempDir();
  const [ps, hang, hung] = ['ps', 'hang', 'hung'].map((name) => join(folder, name)) as [string, string, string];
  const script = `if [ -e ${hang} ]; then : >${hung}; exec sleep 60; fi; exec /bin/ps "$@"`;
  writeFileSync(ps, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { stage: new MachineStage('darwin', { FAKE_PS: ps }), hang, hung };
}
