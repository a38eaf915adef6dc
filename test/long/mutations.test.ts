import { afterAll, beforeAll, expect, test } from 'vitest';
import { RepositoryCopy } from '#test/lib/repositoryCopy.ts';
import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { MUTATIONS } from './mutations.ts';

// A scenario that cannot fail proves nothing: each mutation is made in a copy of the repository, where its scenario must
// then fail.

let copy: RepositoryCopy;

beforeAll(async () => {
  await ensureRuntimes();
  copy = new RepositoryCopy();
});
afterAll(removeTempDirs);

/** Builds the copy and runs one scenario there; true if it passes. */
async function passes(scenario: string): Promise<boolean> {
  const built = await copy.run(process.execPath, 'esbuild.mjs');
  expect(built, 'the copy can be built').toMatchObject({ ok: true });
  const args = ['run', '--project', 'claude', '-t', scenario, '--bail=1', '--testTimeout=25000'];
  return (await copy.bin('vitest', ...args)).ok;
}

test('the copy is sound: a scenario passes in it without a mutation', async () => {
  expect(await passes('scenario 12:')).toBe(true);
});

test.each(MUTATIONS)('%s fails when %s is broken: %s', async (scenario, file, from, to) => {
  const text = copy.read(file);
  expect(text).toContain(from);
  copy.write(file, text.replace(from, to));
  try {
    expect(await passes(scenario)).toBe(false);
  } finally {
    copy.write(file, text);
  }
});
