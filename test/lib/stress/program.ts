import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { build } from 'esbuild';
import { killGroup, spawnGroup, type GroupOptions, type GroupProcess } from '#test/lib/processGroup.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';

const bundled = new Map<string, Promise<string>>();

/** Bundles one of the programs in `programs/` into a file that Node can run. */
export function bundle(name: string): Promise<string> {
  const known = bundled.get(name) ?? makeBundle(name);
  bundled.set(name, known);
  return known;
}

async function makeBundle(name: string): Promise<string> {
  const outfile = join(tempDir('fermata-program-'), `${name}.cjs`);
  const entry = join(repoRoot, 'test/lib/stress/programs', `${name}.ts`);
  const alias = {
    // the default UMD entry of jsonc-parser bundles but fails at run time
    'jsonc-parser': join(repoRoot, 'node_modules/jsonc-parser/lib/esm/main.js'),
    vscode: join(repoRoot, 'test/lib/vscode.ts'),
  };
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    alias,
  });
  return outfile;
}

export interface ExitResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

const all = new Set<Running>();

/** Ends the processes that a failed test left running. */
export function endAll(): void {
  for (const running of all) running.kill();
}

/** A process that a test started, with the lines that it printed and how it ended. */
export class Running {
  readonly child: GroupProcess;
  readonly lines: string[] = [];
  readonly ended: Promise<ExitResult>;
  exited = false;
  #stderr = '';

  constructor(
    command: string,
    args: readonly string[],
    options: Partial<GroupOptions> = {},
    onLine?: (line: string) => void,
  ) {
    this.child = spawnGroup(command, args, { env: cleanEnv('/nonexistent'), ...options });
    createInterface({ input: this.child.stdout, crlfDelay: Infinity }).on('line', (line) => {
      this.lines.push(line);
      onLine?.(line);
    });
    this.child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    // a process that is killed while it reads leaves a closed pipe
    this.child.stdin?.on('error', () => {});
    all.add(this);
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        this.exited = true;
        all.delete(this);
        resolve({ code, signal, stderr: this.#stderr });
      });
    });
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (!this.exited) killGroup(this.child, signal);
  }
}

/** Runs one of the programs in `programs/` with Node. */
export async function start(
  name: string,
  args: readonly (string | number)[],
  onLine?: (line: string) => void,
): Promise<Running> {
  return new Running(process.execPath, [await bundle(name), ...args.map(String)], {}, onLine);
}
