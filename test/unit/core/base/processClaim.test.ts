import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { holderOf, inheritClaim, makeClaim, recordHolder, unrecordedState } from '#core/base/processClaim.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const GONE = { pid: 4_000_001, host: hostIdentity(), startTime: '7' };
let claim: string;
beforeEach(() => {
  claim = join(tempDir(), 'run');
});

const recordGone = (): void => writeFileSync(join(claim, 'runner.json'), JSON.stringify(GONE));
/** A whole second: file systems keep no finer time. */
const NOW = Math.floor(Date.now() / 1000) * 1000;

test('of several that make a claim one has it', () => {
  expect([makeClaim(claim), makeClaim(claim), makeClaim(claim)]).toEqual([true, false, false]);
});

test('a claim that cannot be made is an error, not one of somebody else', () => {
  expect(() => makeClaim(join(claim, 'below', 'nothing'))).toThrow('ENOENT');
});

test('the process that has a claim is recorded, and nothing else counts as one', () => {
  expect(holderOf(claim)).toBeUndefined();
  makeClaim(claim);
  expect(holderOf(claim)).toBeUndefined();
  recordHolder(claim);
  expect(holderOf(claim)).toEqual({ pid: process.pid, host: hostIdentity(), startTime: startTimeOf(process.pid) });
  for (const text of ['', '{}', '{"pid":"1"}', '[]']) {
    writeFileSync(join(claim, 'runner.json'), text);
    expect(holderOf(claim), text).toBeUndefined();
  }
});

test('a claim without a record belongs for ten seconds to a process that is about to record itself', () => {
  expect(unrecordedState(claim, NOW)).toBe('none');
  makeClaim(claim);
  utimesSync(claim, NOW / 1000, NOW / 1000);
  const states = [-10_001, -10_000, 0, 10_000, 10_001].map((ms) => unrecordedState(claim, NOW + ms));
  expect(states).toEqual(['gone', 'alive', 'alive', 'alive', 'gone']);
});

test('of several that inherit a claim one has it', () => {
  makeClaim(claim);
  recordGone();
  expect([1, 2, 3].map(() => inheritClaim(claim, GONE, NOW))).toEqual([true, false, false]);
});

test('a claim that another one has inherited and recorded since is not inherited once more', () => {
  makeClaim(claim);
  recordHolder(claim);
  expect(inheritClaim(claim, GONE, NOW)).toBe(false);
});

test('who was to inherit and died before it was recorded keeps the others out for ten seconds', () => {
  makeClaim(claim);
  recordGone();
  const heir = join(claim, `heir-of-${GONE.pid}-${GONE.startTime}-0`);
  mkdirSync(heir);
  utimesSync(heir, NOW / 1000, NOW / 1000);
  expect(inheritClaim(claim, GONE, NOW + 9999)).toBe(false);
  // nor does a time that is yet to come keep them out for ever
  expect(inheritClaim(claim, GONE, NOW + 10_000)).toBe(true);
});
