import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { workerPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { reportForeignWrites } from '#core/workers/foreignWrites.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let now: number;
let dir: string;
beforeEach(() => {
  now = Date.now();
  dir = join(tempDir(), 'session');
  createLog(dir, now - 100_000);
  const workers = ['W1', 'W2', 'W3'].map((worker) => ({ worker }));
  publish(dir, now - 90_000, { t: 'plan', run: 'R1', sha256: 'x', workers });
});

/** A worker that was at work between two moments, in seconds from now; without an end it still is. */
function worked(worker: string, from: number, to?: number): void {
  publish(dir, now, { t: 'spawn', worker, pid: 1, ts: now + from * 1000 });
  if (to !== undefined) publish(dir, now, { t: 'exit', worker, code: 0, ts: now + to * 1000 });
}

function write(worker: string, name: string): void {
  const file = join(workerPaths(dir, worker).out, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'x');
}

function report(): { workers: string[]; notices: string[] } {
  const log = new SessionLog(dir);
  log.refresh();
  const workers = reportForeignWrites(log, Date.now());
  return { workers, notices: log.state.notices.map((n) => n.text) };
}

test('what is written into a folder after its worker has ended is said once, with who was at work', () => {
  worked('W2', -60, -30);
  worked('W1', -60);
  worked('W3', -60, -40);
  write('W2', 'sub/results.json');
  // 30 s, and the time since this test has begun
  expect(report()).toEqual({
    workers: ['W2'],
    notices: [
      expect.stringMatching(
        /^sub\/results\.json in the folder of W2 was written (3|4)\d s after W2 had ended\. At work then: W1\. Only W2 should write there; others hand their work on with "fermata handoff"\.$/,
      ),
    ],
  });
  write('W2', 'more.json');
  expect(report().workers).toEqual([]);
});

test('and what was there before its worker was started', () => {
  worked('W2', 30, 40);
  write('W2', 'a');
  expect(report().notices).toEqual([
    expect.stringMatching(/^a in the folder of W2 was written [12]\d s before W2 was started. No/),
  ]);
});

test('what a worker writes itself is nothing strange, nor is a link, nor what cannot be told', () => {
  worked('W1', -60, 1);
  worked('W2', -60);
  write('W1', 'own');
  write('W2', 'by somebody while W2 runs');
  const precious = tempDir();
  writeFileSync(join(precious, 'file'), 'x');
  worked('W3', -60, -30);
  mkdirSync(workerPaths(dir, 'W3').dir, { recursive: true });
  symlinkSync(precious, workerPaths(dir, 'W3').out, 'dir');
  expect(report()).toEqual({ workers: [], notices: [] });
});
