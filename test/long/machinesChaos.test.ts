import { afterAll, describe, expect, test } from 'vitest';
import { writeFigures } from '#test/lib/figuresFile.ts';
import { hasNatsServer } from '#test/lib/natsServer.ts';
import { chaos } from '#test/lib/stress/chaos.ts';
import { endAll } from '#test/lib/stress/program.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// Sessions of three machines while bridges, servers and leaders are killed, and stores wiped and set back: until so many locks
// were granted, or the time is over. FERMATA_TEST_SEED repeats one seed.

const GRANTS = 2000;
const MINUTES = 15;
const only = process.env['FERMATA_TEST_SEED'];

afterAll(() => {
  endAll();
  removeTempDirs();
});

describe.skipIf(!hasNatsServer)('by seed', () => {
  test(
    `${GRANTS} grants: no two holders at a time, every word once and in order, copies equal to the log`,
    async () => {
      const first = only === undefined ? Date.now() % 1_000_000 : Number(only);
      const until = Date.now() + MINUTES * 60_000;
      const sums = new Map<string, number>();
      const add = (what: string, count: number): void => void sums.set(what, (sums.get(what) ?? 0) + count);
      for (let seed = first; (sums.get('grants') ?? 0) < GRANTS && Date.now() < until; seed++) {
        // one server and three in turn, one bridge a machine and two
        const options = { processes: 12, rounds: 240, cluster: seed % 3 === 2, twice: seed % 2 === 1, paceMs: 1500 };
        const { faults, story, counts, ...figures } = await chaos(options, seed);
        for (const [what, count] of [...Object.entries(figures), ...counts]) add(what, count);
        console.log(`seed ${seed} ${JSON.stringify({ ...options, ...figures, ...Object.fromEntries(counts) })}`);
        expect(faults, `seed ${seed}:\n${story.join('\n')}`).toEqual([]);
        if (only !== undefined) return;
      }
      console.log(`seeds from ${first}: ${JSON.stringify(Object.fromEntries(sums))}`);
      writeFigures('machinesChaos', { first, sums: Object.fromEntries(sums) });
      expect(sums.get('grants')).toBeGreaterThanOrEqual(GRANTS);
    },
    (MINUTES + 5) * 60_000,
  );
});
