import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonicMs } from '#core/base/clock.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { workerPaths } from '#core/base/paths.ts';
import { runnerState, takeOverClaim } from '#core/workers/claim.ts';
import { beat, hasFallenSilent, isBeating } from '#core/workers/heartbeat.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

const NOW = Date.now();
let dir: string;
/** How far the clock that only goes forward is ahead. */
let laterMs = 0;

beforeEach(() => {
  dir = tempDir();
  laterMs = 0;
  mkdirSync(workerPaths(dir, 'W1').claim, { recursive: true });
  // it stands still where the test does not move it
  const [seconds, nanoseconds] = process.hrtime();
  vi.spyOn(process, 'hrtime').mockImplementation(() => [seconds + laterMs / 1000, nanoseconds]);
});
afterEach(() => vi.restoreAllMocks());
afterAll(removeTempDirs);

const silent = (now: number): boolean | undefined => hasFallenSilent(dir, 'W1', now);

test('one that never beat is not judged', () => {
  expect(isBeating(dir, 'W1', NOW)).toBe(false);
  expect(silent(NOW)).toBeUndefined();
});

test('one that beats lives, and so does one that is a little late', () => {
  beat(dir, 'W1', NOW);
  expect([isBeating(dir, 'W1', NOW + 2500), silent(NOW + 2500)]).toEqual([true, false]);
  expect([isBeating(dir, 'W1', NOW + 8000), silent(NOW + 8000)]).toEqual([false, false]);
});

test('it has fallen silent when the same old beat is found twice, several beats apart', () => {
  beat(dir, 'W1', NOW);
  expect(silent(NOW + 11_000)).toBe(false);
  laterMs = 5000;
  expect(silent(NOW + 16_000)).toBe(false);
  laterMs = 6001;
  expect(silent(NOW + 17_001)).toBe(true);
  beat(dir, 'W1', NOW + 18_000);
  expect(silent(NOW + 18_500)).toBe(false);
});

test.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
])('a clock that jumps %s by an hour does not silence it', (_name, jumpMs) => {
  beat(dir, 'W1', NOW);
  // two looks in the moment between the jump and the next beat
  expect(silent(NOW + jumpMs)).toBe(false);
  laterMs = 1500;
  expect(silent(NOW + jumpMs + 3_600_000)).toBe(false);
  beat(dir, 'W1', NOW + jumpMs + 2000);
  laterMs = 3_600_000;
  expect(silent(NOW + jumpMs + 2500)).toBe(false);
});

test('what was missed before the beats went on does not count', () => {
  beat(dir, 'W1', NOW);
  expect(silent(NOW + 60_000)).toBe(false);
  beat(dir, 'W1', NOW + 61_000);
  laterMs = 100_000;
  expect(silent(NOW + 161_000)).toBe(false);
  laterMs = 107_000;
  expect(silent(NOW + 168_000)).toBe(true);
});

test('a look before this machine was started again does not count', () => {
  beat(dir, 'W1', NOW);
  expect(silent(NOW + 60_000)).toBe(false);
  laterMs = -monotonicMs();
  expect(silent(NOW + 120_000)).toBe(false);
});

test('the time of the beat is that of its file', () => {
  beat(dir, 'W1', NOW);
  utimesSync(join(workerPaths(dir, 'W1').claim, 'beat'), NOW / 1000 - 60, NOW / 1000 - 60);
  expect(isBeating(dir, 'W1', NOW)).toBe(false);
});

test.runIf(process.platform === 'linux')('of a runner that cannot be seen from here, its beats decide', () => {
  const host = hostIdentity().replace(/[^/]+$/, 'pid:[1]');
  const info = join(workerPaths(dir, 'W1').claim, 'runner.json');
  const write = (runner: object): void => writeFileSync(info, JSON.stringify(runner));
  write({ pid: process.pid, host, startTime: '1' });
  expect(runnerState(dir, 'W1', NOW)).toBe('unknown');
  beat(dir, 'W1', NOW);
  expect(runnerState(dir, 'W1', NOW + 1000)).toBe('alive');
  expect(runnerState(dir, 'W1', NOW + 60_000)).toBe('alive');
  laterMs = 6001;
  expect(takeOverClaim(dir, 'W2', NOW)).toBe(false);
  expect(runnerState(dir, 'W1', NOW + 66_001)).toBe('gone');
  expect(takeOverClaim(dir, 'W1', NOW + 66_001)).toBe(true);
  expect(runnerState(dir, 'W1', NOW + 66_001)).toBe('alive');
});
