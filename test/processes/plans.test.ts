import { afterAll, expect, test } from 'vitest';
import { chaoticRound } from '#test/lib/stress/plans.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// Plans whose runners and hooks are killed at random: with real processes.

const { rounds, workers, kills } = sized({ rounds: 3, workers: 30, kills: 6 }, { rounds: 100, workers: 50, kills: 10 });

afterAll(removeTempDirs);

test(
  `${workers} workers with dependencies, runners and hooks killed at random, ${rounds} rounds: each starts at most once and is accounted for`,
  async () => {
    const first = Date.now() % 1_000_000;
    const sums = { runnersKilled: 0, hooksKilled: 0 };
    const ended = new Map<string, number>();
    for (let i = 0; i < rounds; i++) {
      const seed = first + i;
      const round = await chaoticRound({ workers, maxParallel: 6, kills, seed });
      expect(round.problems, `seed ${seed}`).toEqual([]);
      sums.runnersKilled += round.runnersKilled;
      sums.hooksKilled += round.hooksKilled;
      for (const [state, count] of round.ended) ended.set(state, (ended.get(state) ?? 0) + count);
      removeTempDirs();
    }
    console.log(
      `${sums.runnersKilled} runners and ${sums.hooksKilled} hooks killed; workers: ${JSON.stringify(Object.fromEntries(ended))} (seeds from ${first})`,
    );
    expect(sums.runnersKilled).toBeGreaterThan(0);
    expect([...ended.values()].reduce((a, b) => a + b, 0)).toBe(rounds * workers);
    expect(ended.get('done') ?? 0).toBeGreaterThan(0);
  },
  rounds * 240_000,
);
