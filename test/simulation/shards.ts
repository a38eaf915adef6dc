import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Running } from '#test/lib/stress/program.ts';
import { ensureRuntimes, newerNode, repoRoot } from '#test/lib/runtimes.ts';
import { bundlePrograms, type Break } from './bundle.ts';

/** A violation as a process of the simulation reports it. */
export interface Found {
  seed: number;
  invariant: string;
  message: string;
  least?: string;
}

/** What processes of the simulation have run. */
export interface Ran {
  schedules: number;
  calls: number;
  processes: number;
  ms: number;
  cpuMs: number;
  found: Found[];
}

const scratch = mkdtempSync(join(tmpdir(), 'fermata-simulation-'));
/** The folder of the bundles, for whoever removes it. */
export const simulationFolder = scratch;

let program: Promise<string> | undefined;

async function bundleMain(): Promise<string> {
  const outfile = join(scratch, 'main.mjs');
  const entry = join(repoRoot, 'test/simulation/main.ts');
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  return outfile;
}

let texts = 0;

/** Writes the bundle of the programs, with these breaks in them, to a file. */
export async function writePrograms(breaks: readonly Break[] = []): Promise<string> {
  const file = join(scratch, `programs-${texts++}.cjs`);
  writeFileSync(file, await bundlePrograms(breaks));
  return file;
}

/** Runs the seeds from `from` on, in as many processes at once; with `first` each stops at its first violation. */
export async function simulate(
  text: string,
  from: number,
  count: number,
  { processes = 2, first = false }: { processes?: number; first?: boolean } = {},
): Promise<Ran> {
  const main = await (program ??= bundleMain());
  // it takes two thirds of the time of the project's own
  await ensureRuntimes();
  const node = newerNode() ?? process.execPath;
  const share = Math.ceil(count / processes);
  const started = performance.now();
  const runs = await Promise.all(
    Array.from({ length: processes }, async (_, i) => {
      const args = [
        '--max-semi-space-size=32',
        main,
        text,
        from + i * share,
        Math.min(share, count - i * share),
        ...(first ? ['--first'] : []),
      ];
      const running = new Running(node, args.map(String));
      const { code, stderr } = await running.ended;
      if (code !== 0) throw new Error(`the simulation ended with ${code}: ${stderr}`);
      return running.lines.map((line) => JSON.parse(line) as Found | Omit<Ran, 'found'>);
    }),
  );
  const ran: Ran = {
    schedules: 0,
    calls: 0,
    processes: 0,
    ms: Math.round(performance.now() - started),
    cpuMs: 0,
    found: [],
  };
  for (const line of runs.flat())
    if ('seed' in line) ran.found.push(line);
    else for (const name of ['schedules', 'calls', 'processes', 'cpuMs'] as const) ran[name] += line[name];
  ran.found.sort((a, b) => a.seed - b.seed);
  return ran;
}
