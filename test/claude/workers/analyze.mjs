// A worker of scenario 1: reads a CSV file, publishes the result, and, if it is the last to finish, rewrites the merge.
// analyze.mjs FILE [GATE]: with GATE it does not finish before that file exists; with PACE_MS each step takes that long.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [file, gate] = process.argv.slice(2);
const { FERMATA_WORKER: worker, FERMATA_OUT: out, PACE_MS } = process.env;
const fermata = (...args) => execFileSync('fermata', args, { encoding: 'utf8' });

const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1);
const steps = PACE_MS === undefined ? 1 : 10;
for (let step = 1; step <= steps; step++) {
  const left = ((steps - step) * Number(PACE_MS ?? 0)) / 1000;
  fermata(
    'progress',
    String(Math.round((100 * step) / (steps + 1))),
    '--eta',
    `${left}s`,
    '--message',
    `${Math.round((rows.length * step) / steps)} of ${rows.length} rows`,
  );
  if (PACE_MS !== undefined) await delay(Number(PACE_MS));
}
const mayFinish = () => gate === undefined || existsSync(gate);
while (!mayFinish()) await delay(20);

const sum = rows.reduce((total, row) => total + Number(row.split(',')[1]), 0);
writeFileSync(join(out, 'summary.json'), JSON.stringify({ file: basename(file), rows: rows.length, sum }));
fermata('inform', `${worker} complete: ${basename(file)} processed, ${rows.length} rows analyzed`);

if (JSON.parse(fermata('checkpoint', 'merge-ready', '--json')).last) {
  const workers = dirname(dirname(out));
  const summaries = readdirSync(workers).map((name) => join(workers, name, 'out', 'summary.json'));
  fermata(
    'rewrite',
    '--tool',
    'Bash',
    '--command',
    'sh merge.sh*',
    '--input',
    JSON.stringify({ command: `sh merge.sh ${summaries.join(' ')}` }),
  );
}
fermata('done', '--result', `${rows.length} rows`);
