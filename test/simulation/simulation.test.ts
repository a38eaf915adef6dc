/** A whole orchestra on a simulated machine: what every seed decides, and what holds in all of them. */
import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { writeFigures } from '#test/lib/figuresFile.ts';
import { endAll } from '#test/lib/stress/program.ts';
import { sized } from '#test/lib/stress/size.ts';
import { simulate, simulationFolder, writePrograms } from './shards.ts';

afterAll(() => {
  endAll();
  rmSync(simulationFolder, { recursive: true, force: true });
});

const SCHEDULES = sized(20_000, 1_000_000);
/** Another part of the seeds, for one who runs them again. */
const FROM = Number(process.env['FERMATA_SEED'] ?? 1);
/** So many at a time; after each part the figures so far are written. */
const PART = 50_000;
const HOURS = 3_600_000;

test(
  `no invariant is violated in ${SCHEDULES.toLocaleString('en')} schedules`,
  async () => {
    const programs = await writePrograms();
    const sums = { schedules: 0, calls: 0, processes: 0, ms: 0, cpuMs: 0, violations: 0, from: FROM };
    for (let from = FROM; from < FROM + SCHEDULES; from += PART) {
      const { found, ...ran } = await simulate(programs, from, Math.min(PART, FROM + SCHEDULES - from));
      for (const name of ['schedules', 'calls', 'processes', 'ms', 'cpuMs'] as const) sums[name] += ran[name];
      sums.violations += found.length;
      console.log(JSON.stringify({ simulation: sums }));
      writeFigures('simulation', sums);
      expect(found.map(({ least }) => least)).toEqual([]);
    }
    expect(sums.schedules).toBe(SCHEDULES);
  },
  sized(0.5, 6) * HOURS,
);
