import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { planChanges, planHash, planPath, readPlanBytes } from '#core/plans/planFile.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { fold } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

function withPlan(): { dir: string; path: string; sha256: string } {
  const dir = join(tempDir(), 'session');
  const path = planPath(dir, 'R1');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '{"run":"R1"}\n');
  return { dir, path, sha256: planHash(readFileSync(path)) };
}

test('a plan is no link, though it leads to the bytes that were announced', () => {
  const { dir, path, sha256 } = withPlan();
  const state = fold([{ t: 'plan', run: 'R1', sha256, workers: [] }]);
  expect(planHash(readPlanBytes(dir, 'R1'))).toBe(sha256);
  expect(planChanges(dir, state)).toEqual([]);
  const elsewhere = join(tempDir(), 'plan.json');
  copyFileSync(path, elsewhere);
  rmSync(path);
  symlinkSync(elsewhere, path);
  expect(() => readPlanBytes(dir, 'R1')).toThrow('a link');
  expect(planChanges(dir, state)).toEqual([{ t: 'plan', run: 'R1', sha256: 'gone', workers: [] }]);
});

test.each(['', 'R0', 'R', '../R1', 'R1/../R1', 'W1', 'R1\n', `R${'1'.repeat(10)}`])('%j is no run', (run) => {
  const { dir } = withPlan();
  expect(() => planPath(dir, run)).toThrow('not a run');
});

test('only a plan that has changed since it was announced is announced again, and each change once', () => {
  const { dir, path, sha256 } = withPlan();
  const announced = { t: 'plan', run: 'R1', sha256, workers: [] } as const;
  writeFileSync(path, 'other');
  const changed = { t: 'plan', run: 'R1', sha256: planHash(Buffer.from('other')), workers: [] } as const;
  expect(planChanges(dir, fold([announced]))).toEqual([changed]);
  expect(planChanges(dir, fold([announced, changed]))).toEqual([]);
  // one that was announced by hand has no file
  expect(planChanges(dir, fold([{ t: 'plan', run: 'R2', sha256: 'by hand', workers: [] }]))).toEqual([]);
});
