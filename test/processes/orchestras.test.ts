import { afterAll, expect, test } from 'vitest';
import { playAll } from '#test/lib/stress/orchestration/playAll.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// Whole orchestras of real programs, of which some are killed, stopped and misled: what must hold whatever happens.

const orchestrations = Number(process.env['FERMATA_ORCHESTRAS'] ?? sized(20, 1000));
// FERMATA_SEED plays others, or one that has failed; what the system's scheduler decides is not a part of a seed
const firstSeed = Number(process.env['FERMATA_SEED'] ?? sized(1, Date.now() % 1_000_000_000));

afterAll(removeTempDirs);

test(
  `${orchestrations} orchestrations in which anything may be killed, stopped, taken away or replaced`,
  async () => {
    const { faults, figures } = await playAll({ orchestrations, atOnce: 4, firstSeed });
    console.log(JSON.stringify(figures));
    expect(faults, faults.join('\n')).toEqual([]);
    expect(figures.orchestrations).toBe(orchestrations);
  },
  orchestrations * 120_000,
);
