import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MachineHome } from '#test/lib/machineHome.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { contend } from '#test/lib/stress/locks.ts';
import { chaoticRound } from '#test/lib/stress/plans.ts';
import { endAll } from '#test/lib/stress/program.ts';
import { ThreeMachines } from '#test/lib/stress/threeMachines.ts';
import { writeAndDie, writeTogether } from '#test/lib/stress/writers.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// What test/processes has of one machine, with the same processes on three, over a real server.

describe.skipIf(!hasNatsServer)('on three machines', () => {
  let machines: ThreeMachines;

  beforeEach(async () => {
    machines = await ThreeMachines.open();
  });
  afterEach(() => machines.close());
  afterAll(() => {
    endAll();
    removeTempDirs();
  });

  test('processes contend for a lock: one at a time, tokens only grow', async () => {
    const seed = Date.now();
    const about = `seed ${seed}`;
    const { dirs } = machines;
    const size = { processes: 6, rounds: 36, dirs, leaseMs: 300, patienceMs: 60_000 };
    const { grants, kills, stops, refused, overlaps, wrongGrants, failed } = await contend(size, seed);
    expect(failed, about).toEqual([]);
    expect(wrongGrants, about).toEqual([]);
    expect(overlaps, about).toEqual([]);
    expect(
      refused.filter(({ due }) => due === null),
      about,
    ).toEqual([]);
    expect(new Set(grants.map(({ worker }) => worker)).size, about).toBeGreaterThanOrEqual(size.processes);
    expect(kills, about).toBeGreaterThan(0);
    expect(stops, about).toBeGreaterThan(0);
    await machines.haveAll();
    expect(machines.lostWords(), about).toEqual([]);
  });

  test('processes and pipes append: none lost, none torn, each writer’s order kept', async () => {
    const place = { dirs: machines.dirs, haveAll: () => machines.haveAll() };
    const { incomplete, failed, damaged, counted, numbers } = await writeTogether({
      modules: 6,
      pipes: 6,
      lines: 400,
      place,
    });
    expect({ incomplete, failed, damaged, counted }).toEqual({ incomplete: [], failed: [], damaged: [], counted: 0 });
    expect(numbers.size).toBe(12);
    expect(machines.lostWords()).toEqual([]);
  });

  test('killed in the middle: a prefix of each, at least the lines that it reported', async () => {
    const seed = Date.now();
    const about = `seed ${seed}`;
    const place = { dirs: machines.dirs, haveAll: () => machines.haveAll() };
    const { survivors, killed } = await writeAndDie({ modules: 6, pipes: 6, lines: 400, place }, seed);
    expect(survivors.failed, about).toEqual([]);
    expect(survivors.incomplete, about).toEqual([]);
    expect(killed.length, about).toBeGreaterThan(0);
    expect(
      killed.filter(({ reported, there }) => there < reported),
      about,
    ).toEqual([]);
  });
});

describe.skipIf(!hasNatsServer)('a plan whose workers run on three machines', () => {
  let server: NatsServer;
  afterAll(async () => {
    await server?.kill();
    removeTempDirs();
  });

  test('runners and hooks killed at random: each starts at most once, in its turn, and is accounted for', async () => {
    const seed = Date.now() % 1_000_000;
    server = await NatsServer.start();
    const homes = ['gpu1', 'build1'].map((name) => new MachineHome(name, server.url, { 'workers.maxParallel': 3 }));
    const { problems, ended, runnersKilled } = await chaoticRound({
      workers: 12,
      maxParallel: 3,
      kills: 4,
      seed,
      elsewhere: { url: server.url, homes },
    });
    console.log(`seed ${seed}: ${runnersKilled} runners killed, ${JSON.stringify([...ended])}`);
    expect(problems, `seed ${seed}`).toEqual([]);
    expect(ended.get('done') ?? 0, `seed ${seed}`).toBeGreaterThan(0);
    expect([...ended.values()].reduce((a, b) => a + b, 0)).toBe(12);
  });
});
