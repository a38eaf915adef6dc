import { afterAll, beforeAll, expect, test } from 'vitest';
import { RepositoryCopy } from '#test/lib/repositoryCopy.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { FAULTS } from './faults.ts';

// Each line that stops what somebody can do is broken in a copy of the repository, where a unit test must then fail.

let copy: RepositoryCopy;
beforeAll(() => {
  copy = new RepositoryCopy();
});
afterAll(removeTempDirs);

const passes = async (tests: readonly string[]): Promise<boolean> =>
  (await copy.bin('vitest', 'run', '--project', 'unit', '--bail=1', '--testTimeout=30000', ...tests)).ok;

test('the copy is sound: all tests of the faults pass in it', async () => {
  expect(await passes([...new Set(FAULTS.flatMap(({ tests }) => tests))])).toBe(true);
});

test.each(FAULTS)('$name: a test fails', async ({ file, from, to, tests }) => {
  const text = copy.read(file);
  copy.write(
    file,
    text.replace(from, () => to),
  );
  try {
    expect(await passes(tests)).toBe(false);
  } finally {
    copy.write(file, text);
  }
});
