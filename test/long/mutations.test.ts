import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { MUTATIONS } from './mutations.ts';

// A scenario that cannot fail proves nothing: each mutation is made in a copy of the repository, where its scenario must
// then fail.

let copy: string;

beforeAll(async () => {
  await ensureRuntimes();
  copy = join(tempDir('fermata-mutations-'), 'repository');
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: repoRoot, encoding: 'utf8' })
    .trim()
    .split('\n');
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(repoRoot, file), join(copy, file));
  }
  for (const modules of ['node_modules', 'test/runtimes/node_modules'])
    symlinkSync(join(repoRoot, modules), join(copy, modules));
});
afterAll(removeTempDirs);

/** Builds the copy and runs one scenario there; true if it passes. */
async function passes(scenario: string): Promise<boolean> {
  const run = promisify(execFile);
  await run(process.execPath, ['esbuild.mjs'], { cwd: copy });
  const vitest = join(repoRoot, 'node_modules/vitest/vitest.mjs');
  try {
    await run(
      process.execPath,
      [vitest, 'run', '--project', 'claude', '-t', `${scenario}:`, '--bail=1', '--testTimeout=25000'],
      { cwd: copy },
    );
    return true;
  } catch {
    return false;
  }
}

test('the copy is sound: a scenario passes in it without a mutation', async () => {
  expect(await passes('scenario 12')).toBe(true);
});

test.each(MUTATIONS)('%s fails when %s is broken: %s', async (scenario, file, from, to) => {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
  try {
    expect(await passes(scenario)).toBe(false);
  } finally {
    writeFileSync(path, text);
  }
});
