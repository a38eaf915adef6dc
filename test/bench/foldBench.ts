import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { append, createLog } from '#core/log/append.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { median, print, ratio } from './figure.ts';
import { writeSyntheticLog } from './syntheticLog.ts';

const milliseconds = (run: () => void): number => {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started) / 1e6;
};

/** How often the recorded log is folded for one figure: it is short. */
const AGAIN = 1000;

/** A scenario's log as it was recorded, folded from an empty state again and again. */
async function foldRecorded(): Promise<void> {
  const bytes = readFileSync(join(repoRoot, 'test/bench/recorded/process-files.jsonl'));
  const fold = (): void => {
    for (let i = 0; i < AGAIN; i++) {
      const state = emptyState();
      new LineReader().push(bytes, (line) => {
        reduce(state, line);
      });
    }
  };
  const parse = (): void => {
    for (let i = 0; i < AGAIN; i++)
      for (const line of bytes.toString('utf8').split('\n')) if (line !== '') JSON.parse(line);
  };
  await ratio(
    'fold-recorded',
    15,
    () => milliseconds(fold),
    ['decode, split and JSON.parse', () => milliseconds(parse)],
    2,
  );
}

/** Folding a log against decoding, splitting and parsing the same bytes; then from a snapshot, and the memory of it. */
export async function foldBench(): Promise<void> {
  await foldRecorded();
  for (const events of [1_000, 100_000, 1_000_000]) await foldOne(events);
}

async function foldOne(events: number): Promise<void> {
  const dir = join(tempDir('fermata-bench-'), 'session');
  createLog(dir, Date.now());
  const file = join(dir, 'events.jsonl');
  writeSyntheticLog(file, events);
  const bytes = readFileSync(file);
  const fold = (): void => {
    const state = emptyState();
    const reader = new LineReader();
    // in chunks as they are read from a file: one string of it all would be a task of its own
    for (let at = 0; at < bytes.length; at += 1 << 20)
      reader.push(bytes.subarray(at, at + (1 << 20)), (line) => {
        reduce(state, line);
      });
    if (state.events < events) throw new Error(`only ${state.events} events were folded`);
  };
  const parse = (): void => {
    let parsed = 0;
    for (const line of bytes.toString('utf8').split('\n')) {
      if (line === '') continue;
      JSON.parse(line);
      parsed++;
    }
    if (parsed < events) throw new Error('lines are missing');
  };
  const pairs = events === 1_000_000 ? 5 : 15;
  await ratio(
    `fold-${events}`,
    pairs,
    () => milliseconds(fold),
    ['decode, split and JSON.parse', () => milliseconds(parse)],
    2,
  );
  const first = new SessionLog(dir);
  const cold = milliseconds(() => first.refresh());
  saveSnapshot(first, 0);
  const warm = milliseconds(() => new SessionLog(dir).refresh());
  print({ name: `open-cold-${events}`, value: Math.round(cold), unit: 'ms' });
  print({ name: `open-snapshot-${events}`, value: Number(warm.toFixed(1)), unit: 'ms' });
  print({ name: `snapshot-size-${events}`, value: statSync(join(dir, 'snapshot.json')).size, unit: 'bytes' });
  const tail = new SessionLog(dir);
  tail.refresh();
  const refreshTimes = Array.from({ length: 200 }, (_, i) => {
    append(dir, Date.now(), { t: 'progress', worker: 'W1', pct: i % 100 });
    return milliseconds(() => tail.refresh());
  });
  print({ name: `tail-one-line-${events}`, value: Number(median(refreshTimes).toFixed(3)), unit: 'ms' });
  print({ name: `memory-${events}`, value: Math.round(process.memoryUsage().rss / 1e6), unit: 'MB' });
}
