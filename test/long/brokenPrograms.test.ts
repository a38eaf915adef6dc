import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFigures } from '#test/lib/figuresFile.ts';
import { RepositoryCopy } from '#test/lib/repositoryCopy.ts';
import { playAll } from '#test/lib/stress/orchestration/playAll.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { BROKEN_PROGRAMS } from './brokenPrograms.ts';

// Whole orchestras of programs with a fault each: the invariants have to notice it.

const AT_MOST = Number(process.env['FERMATA_ORCHESTRAS'] ?? 300);
const FIRST_SEED = 1;

let copy: RepositoryCopy;
beforeAll(() => {
  copy = new RepositoryCopy();
});

const found: { name: string; orchestrations: number; fault: string | undefined }[] = [];
afterAll(() => {
  writeFigures('broken-programs', { atMost: AT_MOST, found });
  removeTempDirs();
});

test.each(BROKEN_PROGRAMS)('$name: it is noticed', async ({ name, file, from, to }) => {
  const text = copy.read(file);
  copy.write(
    file,
    text.replace(from, () => to),
  );
  const dist = join(tempDir('fermata-broken-'), 'dist');
  try {
    const built = await copy.run('node', 'esbuild.mjs');
    expect(built, built.output).toMatchObject({ ok: true });
    cpSync(copy.path('dist'), dist, { recursive: true });
  } finally {
    copy.write(file, text);
  }
  const { faults, figures } = await playAll({
    orchestrations: AT_MOST,
    atOnce: 4,
    firstSeed: FIRST_SEED,
    untilFault: true,
    dist,
  });
  found.push({ name, orchestrations: figures.orchestrations, fault: faults[0] });
  console.log(`${name}: found after ${figures.orchestrations} orchestrations: ${faults[0] ?? 'not found'}`);
  expect(faults).not.toEqual([]);
});
