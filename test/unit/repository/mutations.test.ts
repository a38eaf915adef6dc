import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { BROKEN_PROGRAMS } from '#test/long/brokenPrograms.ts';
import { FAULTS } from '#test/long/faults.ts';
import { MUTATIONS } from '#test/long/mutations.ts';

// `npm run test:long` makes the mutations and runs their scenarios; here only their places in the source are checked.

test.each(MUTATIONS)('the mutation for %s in %s has one place: %s', (_scenario, file, from, to) => {
  expect(readFileSync(join(repoRoot, file), 'utf8').split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});

test.each(FAULTS)('the fault "$name" has one place in $file, and tests', ({ file, from, to, tests }) => {
  expect(readFileSync(join(repoRoot, file), 'utf8').split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
  expect(tests.filter((path) => !existsSync(join(repoRoot, path)))).toEqual([]);
});

test.each(BROKEN_PROGRAMS)('the broken program "$name" has one place in $file', ({ file, from, to }) => {
  expect(readFileSync(join(repoRoot, file), 'utf8').split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});

test('there are faults of everything that lets something through', () => {
  expect(FAULTS.length).toBeGreaterThan(50);
});
