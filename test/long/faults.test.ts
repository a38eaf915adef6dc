import { afterAll, beforeAll, expect, test } from 'vitest';
import { RepositoryCopy } from '#test/lib/repositoryCopy.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { FAULTS } from './faults.ts';

// Each line that stops what somebody can do is broken in a copy of the repository, where one of its tests must then fail.

let copy: RepositoryCopy;
beforeAll(() => {
  copy = new RepositoryCopy();
});
afterAll(removeTempDirs);

/** The project of vitest that runs the tests of a path. */
const projectOf = (path: string): string => (path.startsWith('test/unit/') ? 'unit' : (path.split('/')[1] ?? ''));

/** Whether tests pass. Those that start the built programs have them built first. */
async function passes(tests: readonly string[]): Promise<boolean> {
  const projects = [...new Set(tests.map(projectOf))];
  if (projects.some((project) => project !== 'unit')) {
    const built = await copy.run(process.execPath, 'esbuild.mjs');
    expect(built, 'the copy can be built').toMatchObject({ ok: true });
  }
  for (const project of projects) {
    const files = tests.filter((path) => projectOf(path) === project);
    const args = ['run', '--project', project, '--bail=1', '--testTimeout=60000', ...files];
    const { ok, output } = await copy.bin('vitest', ...args);
    expect(output, 'there are tests').not.toContain('No test files found');
    if (!ok) return false;
  }
  return true;
}

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
