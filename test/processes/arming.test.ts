import { afterAll, expect, test } from 'vitest';
import { ARMERS, ArmingStage } from '#test/lib/stress/arming.ts';
import { endAll } from '#test/lib/stress/program.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// Blocks come and go while hooks run in parallel and are killed: with the real gate and hook program.

const rounds = sized(16, 1000);

afterAll(() => {
  endAll();
  removeTempDirs();
});

test(`at least ${rounds} messages of 6 calls: no call passes an active block, no active block is unarmed`, async () => {
  const seed = Date.now();
  const about = `seed ${seed}`;
  const { end, broken, slipped, wronglyDenied, unarmed, ...counts } = await new ArmingStage().run(rounds, seed);
  console.log(`${JSON.stringify(counts)} (${about})`);
  const wrong = { broken, slipped, wronglyDenied, unarmed };
  expect(wrong, about).toEqual({ broken: [], slipped: [], wronglyDenied: [], unarmed: [] });
  expect(counts.calls).toBeGreaterThanOrEqual(6 * rounds);
  // otherwise the run proves little
  expect(counts.tested, about).toBeGreaterThan(rounds / 4);
  expect(counts.disarmedSeen, about).toBeGreaterThan(0);
  expect(counts.killed, about).toBeGreaterThan(0);
  expect(end, about).toEqual({ active: ARMERS, armed: true, denied: true, disarmed: true });
}, 600_000);
