import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFigures } from '#test/lib/figuresFile.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { sized } from '#test/lib/stress/size.ts';
import { BREAKS } from './breaks.ts';
import { buildFuzz } from './build.mjs';
import { readCorpus } from './corpus.ts';
import { runFuzz } from './runFuzz.ts';
import { TARGETS } from './targets.ts';

const NAMES = Object.keys(TARGETS);
/** For all targets together. */
const SECONDS = sized(60, 1200);
/** The same inputs in each `npm test`, as far as the time goes; others in the long tests and in `npm run fuzz`. */
const SEED = String(sized(1, Date.now() % 1e9));
const program = join(repoRoot, 'out/fuzz.mjs');

const tried: Record<string, number> = {};

const { total, targets } = JSON.parse(readFileSync(join(repoRoot, 'test/fuzz/inputs.json'), 'utf8')) as {
  total: number;
  targets: Record<string, number>;
};

beforeAll(() => buildFuzz(program));
afterAll(() => writeFigures('fuzz', { overTime: total, targets: NAMES.length, inputs: tried, seconds: SECONDS }));

test.each(NAMES)('nothing is found that breaks %s', async (target) => {
  const { code, output, inputs } = await runFuzz(
    program,
    '--seed',
    SEED,
    '--seconds',
    String(SECONDS / NAMES.length),
    target,
  );
  tried[target] = inputs;
  expect(code, output).toBe(0);
  expect(inputs).toBeGreaterThan(readCorpus(join(repoRoot, 'test/fuzz/corpus'), target).length);
});

test('the same seed tries the same inputs', async () => {
  const runs = await Promise.all(
    [7, 7, 8].map((seed) => runFuzz(program, '--seed', String(seed), '--inputs', '400', 'rules')),
  );
  const [first, same, other] = runs.map(({ output }) => output.replaceAll(/"(seed|seconds)":[\d.]+/g, ''));
  expect(first).toBe(same);
  expect(first).not.toBe(other);
});

test('each target has its corpus and its number of inputs', () => {
  expect(Object.keys(targets).toSorted()).toEqual(NAMES.toSorted());
  expect(total).toBe(Object.values(targets).reduce((sum, each) => sum + each, 0));
  expect(Object.keys(BREAKS).toSorted()).toEqual(NAMES.toSorted());
});
