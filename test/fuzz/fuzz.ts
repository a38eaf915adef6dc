/**
 * `npm run fuzz -- [--minutes N | --seconds N | --inputs N] [--seed N] [--input FILE] [--keep] [TARGET…]`: tries inputs that nobody
 * would write, all targets in turn without a name. With `--keep`, corpus and counts in the repository grow. Exit code 1 for a
 * finding, which is printed with its seed, and left in out/fuzz.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, Worker } from 'node:worker_threads';
import { repoRoot } from '#test/lib/runtimes.ts';
import { readCorpus, writeCorpus } from './corpus.ts';
import type { FuzzResult } from './engine.ts';
import type { Shared, Task } from './fuzzThread.ts';
import { addInputs } from './inputs.ts';
import { TARGETS } from './targets.ts';

const CORPUS = join(repoRoot, 'test/fuzz/corpus');
/** The rest of a program that answers at once: an input may not need more. */
const MEMORY = { maxOldGenerationSizeMb: 384, stackSizeMb: 1 };
/** An input that takes so much of the processor has no end. */
const HANGS_MS = 60_000;
const ROUND_SECONDS = 60;

/** Runs a task in a thread of its own: what fills its memory, or never ends, ends that alone. */
function inThread(task: Task): Promise<FuzzResult> {
  const shared: Shared = {
    count: new Int32Array(new SharedArrayBuffer(8)),
    input: new Uint8Array(new SharedArrayBuffer(1 << 20)),
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: { task, shared }, resourceLimits: MEMORY });
  const last = (error: string): FuzzResult => {
    const input = Buffer.from(shared.input.slice(0, shared.count[1]));
    return {
      inputs: shared.count[0] ?? 0,
      seconds: 0,
      branches: 0,
      corpus: [],
      finding: { input, minimized: input, error },
    };
  };
  return new Promise((resolve) => {
    let before = -1;
    let usage = process.cpuUsage();
    const timer = setInterval(() => {
      const count = shared.count[0] ?? 0;
      if (count !== before) usage = process.cpuUsage();
      before = count;
      const { user, system } = process.cpuUsage(usage);
      if ((user + system) / 1000 < HANGS_MS) return;
      resolve(last(`no end after ${HANGS_MS / 1000} s of the processor`));
      void worker.terminate();
    }, 1000);
    worker.on('message', resolve);
    worker.on('error', (error) => resolve(last(error.stack ?? error.message)));
    worker.on('exit', () => clearInterval(timer));
  }).then((result) => revived(result as FuzzResult));
}

/** What comes from a thread are bytes without their class. */
const revived = ({ corpus, finding, ...rest }: FuzzResult): FuzzResult => ({
  ...rest,
  corpus: corpus.map((each) => Buffer.from(each)),
  ...(finding && {
    finding: { ...finding, input: Buffer.from(finding.input), minimized: Buffer.from(finding.minimized) },
  }),
});

function report(target: string, seed: number, { finding, inputs }: FuzzResult): void {
  if (finding === undefined) return;
  const folder = join(repoRoot, 'out/fuzz');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${target}-${seed}`);
  writeFileSync(file, finding.minimized);
  writeFileSync(`${file}.whole`, finding.input);
  console.log(`${target}: seed ${seed}, input ${inputs}: ${finding.error}`);
  console.log(`  ${JSON.stringify(finding.minimized.toString('utf8').slice(0, 2000))}`);
  console.log(`  again: npm run fuzz -- --input ${file} ${target}`);
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const options = {
    minutes: text,
    seconds: text,
    inputs: text,
    seed: text,
    input: text,
    keep: { type: 'boolean' },
  } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const unknown = positionals.find((name) => TARGETS[name] === undefined);
  if (unknown !== undefined)
    throw new Error(`there is no target ${unknown}; there are ${Object.keys(TARGETS).join(', ')}`);
  const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
  const until = values.minutes === undefined ? undefined : performance.now() + Number(values.minutes) * 60_000;
  const ms = 1000 * Number(values.seconds ?? ROUND_SECONDS);
  let failed = 0;
  for (let seed = Number(values.seed ?? Date.now() % 1e9); ; seed++) {
    for (const target of names) {
      if (until !== undefined && performance.now() > until) return failed;
      const input = values.input === undefined ? undefined : readFileSync(values.input);
      const corpus = readCorpus(CORPUS, target);
      const inputs = values.inputs === undefined ? undefined : Number(values.inputs);
      const result = await inThread({ target, seed, ms, inputs, corpus, input });
      const { corpus: kept, finding: _finding, ...figures } = result;
      console.log(JSON.stringify({ target, seed, ...figures, corpus: kept.length }));
      if (values.keep === true) {
        addInputs(target, result.inputs);
        if (result.finding === undefined) writeCorpus(CORPUS, target, result.corpus);
      }
      report(target, seed, result);
      if (result.finding !== undefined) failed = 1;
    }
    if (until === undefined) return failed;
  }
}

if (isMainThread)
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(2);
    },
  );
else void import('./fuzzThread.ts').then(({ runTarget }) => runTarget());
