import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { append, createLog } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { endAll } from '#test/lib/stress/program.ts';
import { writeTogether } from '#test/lib/stress/writers.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { print, ratio } from './figure.ts';

const LINES = 2000;
const WRITERS = 64;

/** Appending: what a line costs, and whether many who append at once lose anything. */
export async function appendBench(): Promise<void> {
  await appendAlone();
  await appendTogether();
}

/** Appending through the module against the plainest way to append the same lines. */
async function appendAlone(): Promise<void> {
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

/** Processes that append as fast as they can to one log; the time has their start in it. */
async function appendTogether(): Promise<void> {
  const started = performance.now();
  try {
    const { incomplete, failed, damaged } = await writeTogether({ modules: WRITERS, pipes: 0, lines: LINES });
    const seconds = (performance.now() - started) / 1000;
    const name = `append-${WRITERS}-processes`;
    const broken = incomplete.length + failed.length;
    print({ name: `${name}-time`, value: Number(seconds.toFixed(1)), unit: 's' });
    print({ name: `${name}-rate`, value: Math.round((WRITERS * LINES) / seconds), unit: 'lines/s' });
    print({ name: `${name}-lost-or-reordered`, value: broken, unit: 'writers', limit: 0, ok: broken === 0 });
    print({ name: `${name}-torn`, value: damaged.length, unit: 'lines', limit: 0, ok: damaged.length === 0 });
  } finally {
    endAll();
  }
}
