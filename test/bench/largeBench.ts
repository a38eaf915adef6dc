import { statSync } from 'node:fs';
import { join } from 'node:path';
import { append, createLog } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { print } from './figure.ts';
import { writeSyntheticLog } from './syntheticLog.ts';

const milliseconds = (run: () => void): number => {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started) / 1e6;
};

/** A log of 500 MB: how long until it can be used the first time, from a snapshot, and after one more line. */
export function largeBench(): void {
  const dir = join(tempDir('fermata-bench-'), 'session');
  createLog(dir, Date.now());
  const { log: file } = sessionPaths(dir);
  writeSyntheticLog(file, 4_700_000);
  print({ name: 'large-size', value: Math.round(statSync(file).size / 1e6), unit: 'MB' });
  const first = new SessionLog(dir);
  print({ name: 'large-open-cold', value: Math.round(milliseconds(() => first.refresh())), unit: 'ms' });
  saveSnapshot(first, 0);
  const second = new SessionLog(dir);
  print({ name: 'large-open-snapshot', value: Number(milliseconds(() => second.refresh()).toFixed(1)), unit: 'ms' });
  append(dir, Date.now(), { t: 'progress', worker: 'W1', pct: 50 });
  print({ name: 'large-one-more-line', value: Number(milliseconds(() => second.refresh()).toFixed(2)), unit: 'ms' });
  print({ name: 'large-peak-memory', value: Math.round(process.resourceUsage().maxRSS / 1000), unit: 'MB' });
}
