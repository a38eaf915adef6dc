import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';

const STEPS = 10;
/** The step at which the first worker releases the database, for which the second one waits. */
const LOAD_STEPS = 6;
const BALLOT = 'publish';

/** Runs the installed `fermata` as this worker. Rejects if the command fails. */
const fermata = async (...args: string[]): Promise<string> => {
  const cli = join(dirname(process.argv[1] ?? ''), 'fermata.cjs');
  return (await promisify(execFile)(process.execPath, [cli, ...args], { encoding: 'utf8' })).stdout;
};

/** Reads one file in steps, and shares a lock, a ballot and a checkpoint with the other workers. */
export async function work(file: string, paceMs: number): Promise<void> {
  const rows = readLinkedBytes(file).toString('utf8').trim().split('\n').slice(1);
  const missing = rows.findIndex((row) => row.endsWith(','));
  const actions = ACTIONS[file] ?? {};
  for (let step = 1; step <= STEPS; step++) {
    const read = Math.round((rows.length * step) / STEPS);
    console.log(`${new Date().toISOString()} read ${read} rows of ${file}`);
    await fermata(
      'progress',
      String(Math.round((100 * step) / (STEPS + 1))),
      '--eta',
      `${((STEPS - step) * paceMs) / 1000}s`,
      '--message',
      `${read} of ${rows.length} rows`,
      '--phase',
      step <= LOAD_STEPS ? 'loading' : 'checking',
    );
    await actions[step]?.();
    if (missing !== -1 && missing < read) await failWorker(file, missing + 1);
    await delay(paceMs);
  }
  const sum = rows.reduce((total, row) => total + Number(row.split(',')[1]), 0);
  writeFileAtomic(
    join(process.env['FERMATA_OUT'] ?? '.', 'summary.json'),
    `${JSON.stringify({ file, rows: rows.length, sum })}\n`,
  );
  await vote('proceed', `all ${rows.length} rows of ${file} are whole`);
  await fermata('checkpoint', 'merge-ready');
  await fermata('inform', `${file} is processed: ${rows.length} rows, sum ${sum}`);
  await fermata('done', '--result', `${rows.length} rows, sum ${sum}`);
}

/** The actions of each worker at its steps, besides reading. On a busy machine any of them may be the first or the last. */
const ACTIONS: Record<string, Partial<Record<number, () => Promise<unknown>>>> = {
  'data1.csv': {
    1: () =>
      fermata('ballot', BALLOT, '--question', 'Publish the merged table?', '--voters', 'W1,W2,W3', '--quorum', '3'),
    2: () => fermata('acquire', 'db', '--ttl', '60s', '--wait', '60s'),
    [LOAD_STEPS]: () => fermata('release', 'db'),
  },
  'data2.csv': {
    4: () => fermata('acquire', 'db', '--ttl', '60s', '--wait', '60s'),
    [LOAD_STEPS + 2]: () => fermata('release', 'db'),
  },
};

async function vote(decision: string, reason: string): Promise<void> {
  await fermata('vote', decision, '--ballot', BALLOT, '--reason', reason);
}

/** Fails in a way that keeps the turn from ending until the person or the Conductor resolves it. */
async function failWorker(file: string, row: number): Promise<never> {
  console.error(`${file}: row ${row} has no value`);
  await vote('abort', `row ${row} of ${file} has no value`);
  await fermata('fail', `${file}: row ${row} has no value, so the table would not be complete`, '--critical');
  process.exit(1);
}
