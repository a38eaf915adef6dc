import { afterAll, expect, test } from 'vitest';
import { contend, type Contention } from '#test/lib/stress/locks.ts';
import { endAll } from '#test/lib/stress/program.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// A lock under contention, with holders that die and leases that run out: with real processes.

const size = sized<Contention>({ processes: 4, rounds: 60 }, { processes: 16, rounds: 500 });

afterAll(() => {
  endAll();
  removeTempDirs();
});

test(`${size.processes} processes contend for a lock in ${size.rounds} rounds: one at a time, tokens only grow`, async () => {
  const seed = Date.now();
  const { rounds, kills, stops, refused, overlaps, wrongGrants, grants, touches, failed } = await contend(size, seed);
  const about = `seed ${seed}`;
  console.log(
    `${grants.length} grants, ${touches.length} writes, ${refused.length} fenced off, ${kills} killed, ${stops} stopped, rounds: ${JSON.stringify([...rounds])} (${about})`,
  );
  expect(failed, about).toEqual([]);
  expect(wrongGrants, about).toEqual([]);
  expect(overlaps, about).toEqual([]);
  const total = kills + [...rounds.values()].reduce((sum, n) => sum + n, 0);
  expect(total, about).toBeGreaterThanOrEqual(size.rounds);
  // only a holder with a lease can lose it; it may have been stopped just after the clock of its write was read
  expect(
    refused.filter(({ due }) => due === null),
    about,
  ).toEqual([]);
  expect(kills, about).toBeGreaterThan(0);
  expect(stops, about).toBeGreaterThan(0);
});
