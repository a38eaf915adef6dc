import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { append, createLog } from '../../src/core/append.ts';
import { sessionPaths } from '../../src/core/paths.ts';
import { tempDir } from '../lib/tempDir.ts';
import { ratio } from './figure.ts';

const LINES = 2000;

/** Appending through the module against the plainest way to append the same lines. */
export async function appendBench(): Promise<void> {
  const dir = join(tempDir('fermata-bench-'), 'session');
  createLog(dir, Date.now());
  const { log } = sessionPaths(dir);
  const event = { t: 'progress' as const, ts: Date.now(), worker: 'W1', pct: 50, message: 'row 5,000 of 10,000' };
  const time = (one: () => void): number => {
    const started = process.hrtime.bigint();
    for (let i = 0; i < LINES; i++) one();
    return Number(process.hrtime.bigint() - started) / 1e6;
  };
  const plain = (): number => time(() => appendFileSync(log, `${JSON.stringify(event)}\n`));
  await ratio(
    `append-${LINES}-lines`,
    15,
    () => time(() => append(dir, event.ts, event)),
    ['fs.appendFileSync', plain],
    2,
  );
}
