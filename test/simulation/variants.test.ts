/** Deliberately broken programs: the simulation notices each, so that it would notice such a fault by accident as well. */
import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { writeFigures } from '#test/lib/figuresFile.ts';
import { endAll } from '#test/lib/stress/program.ts';
import { sized } from '#test/lib/stress/size.ts';
import { simulate, simulationFolder, writePrograms } from './shards.ts';
import { VARIANTS } from './variants.ts';

/** What was noticed, by which invariant and which seed. */
const noticed: object[] = [];

afterAll(() => {
  endAll();
  writeFigures('simulation-variants', { variants: VARIANTS.length, noticed });
  rmSync(simulationFolder, { recursive: true, force: true });
});

/** `npm test` begins near the seed that is known to find it; the long run has to find it from the first seed on. */
const MOST = sized(40, 10_000);
const MINUTES = 60_000;

test.each(VARIANTS.map((variant) => [variant.name, variant] as const))(
  'one that %s is found',
  async (name, { breaks, invariants, known }) => {
    const from = sized(Math.max(1, known - MOST / 2), 1);
    const { found } = await simulate(await writePrograms(breaks), from, MOST, { processes: 1, first: true });
    expect(invariants).toContain(found[0]?.invariant);
    noticed.push({ name, invariant: found[0]?.invariant, seed: found[0]?.seed });
  },
  sized(5, 30) * MINUTES,
);
