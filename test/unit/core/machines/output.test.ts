import fs, {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { workerPaths } from '#core/base/paths.ts';
import { keepResults } from '#core/machines/output/keptResults.ts';
import { fetchedOutput, lookAtOutput, NO_GENERATION } from '#core/machines/output/outputLook.ts';
import { outputGeneration } from '#core/machines/output/workerOutput.ts';
import { BoundedLog } from '#runner/boundedLog.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { faultsOf, NO_FAULTS, SEAT, Simulation } from './simulation.ts';

const MACHINES = [SEAT, 'gpu1'];
let last: Simulation | undefined;
afterEach(() => last?.stop());
afterAll(removeTempDirs);

/** A session with the worker W1 on gpu1. */
async function begin(seed?: number): Promise<Simulation> {
  const sim = new Simulation(tempDir('output'), MACHINES, { ...NO_FAULTS });
  last = sim;
  for (const each of MACHINES) sim.start(each);
  mkdirSync(workerPaths(sim.dir('gpu1'), 'W1').dir, { recursive: true });
  sim.write('gpu1', { t: 'spawn', worker: 'W1' });
  sim.look('gpu1');
  expect(await sim.until(() => sim.folded().state.workers.has('W1'))).toBe(true);
  await sim.run(2000);
  if (seed !== undefined) Object.assign(sim.server.faults, faultsOf(seed));
  return sim;
}

const there = (sim: Simulation): string => workerPaths(sim.dir('gpu1'), 'W1').stdout;
const here = (sim: Simulation): string => workerPaths(sim.dir(SEAT), 'W1').stdout;
const look = (sim: Simulation, ms = 600_000): void => lookAtOutput(sim.dir(SEAT), 'W1', sim.nowMs + ms);
const isSame = (sim: Simulation): boolean =>
  existsSync(here(sim)) && readFileSync(here(sim)).equals(readFileSync(there(sim)));

describe('the output of a worker on another machine', () => {
  test('comes while somebody looks, and only then', async () => {
    const sim = await begin();
    writeFileSync(there(sim), 'one\n');
    await sim.run(5000);
    expect(existsSync(here(sim))).toBe(false);
    look(sim, 5000);
    expect(await sim.until(() => isSame(sim))).toBe(true);
    appendFileSync(there(sim), 'two\n');
    expect(await sim.until(() => isSame(sim), 2000)).toBe(true);
    await sim.run(10_000);
    const { length } = sim.server.sent;
    appendFileSync(there(sim), 'three\n');
    await sim.run(10_000);
    expect(sim.server.sent.slice(length).filter(({ subject }) => subject.includes('.get.'))).toEqual([]);
    expect(readFileSync(here(sim), 'utf8')).toBe('one\ntwo\n');
  });

  test('comes in pieces of at most 256 KiB', async () => {
    const sim = await begin();
    writeFileSync(there(sim), Buffer.alloc(1_000_000, 'abc\n'));
    look(sim);
    expect(await sim.until(() => isSame(sim))).toBe(true);
    const sizes = sim.server.sent.flatMap(({ subject, text }) =>
      subject.includes('.piece.') ? [Buffer.from((JSON.parse(text) as { data: string }).data, 'base64').length] : [],
    );
    expect(Math.max(...sizes)).toBe(256 * 1024);
  });

  test('of another worker than its own is not sent by a machine', async () => {
    const sim = await begin();
    mkdirSync(workerPaths(sim.dir('gpu1'), 'W2').dir);
    writeFileSync(workerPaths(sim.dir('gpu1'), 'W2').stdout, 'secret');
    const request = JSON.stringify({ worker: 'W2', stream: 'stdout', pos: 0 });
    sim.server.connect().send('fermata.t.get.laptop.s.gpu1', request);
    sim.server.connect().send('fermata.t.get.other.s.gpu1', JSON.stringify({ worker: 'W1', stream: 'stdout', pos: 0 }));
    await sim.run(3000);
    expect(sim.server.sent.filter(({ subject }) => subject.includes('.piece.'))).toEqual([]);
  });

  test.each([
    ['nobody has requested', { asked: 7, pos: 7 }],
    ['is longer than it says', { asked: 0, pos: 0, size: 1 }],
    ['begins elsewhere', { asked: 0, pos: 3 }],
  ])('is not taken where a piece %s', async (_, fields) => {
    const sim = await begin();
    look(sim);
    sim.bridges('gpu1')[0]!.link.isCut = true;
    await sim.run(3000);
    const piece = {
      worker: 'W1',
      stream: 'stdout',
      gen: 'g',
      size: 100,
      data: Buffer.from('forged').toString('base64'),
    };
    sim.server.connect().send('fermata.t.piece.laptop.s.gpu1', JSON.stringify({ ...piece, ...fields }));
    sim.server.connect().send('fermata.t.piece.laptop.s.gpu2', JSON.stringify({ ...piece, asked: 0, pos: 0 }));
    await sim.run(500);
    expect(existsSync(here(sim))).toBe(false);
  });

  test.each([
    ['the same lines', () => 'the same line\n'.repeat(1000)],
    ['other lines', (i: number) => `line ${i}\n`.repeat(1000)],
  ])('is fetched anew where the log was folded meanwhile, and has grown as long again: %s', async (_, text) => {
    const sim = await begin();
    const log = new BoundedLog(there(sim), 512 * 1024);
    let nth = 0;
    const printTo = (bytes: number): void => {
      while (statSync(there(sim)).size < bytes) log.write(Buffer.from(text(nth++)));
    };
    printTo(450_000);
    look(sim);
    expect(await sim.until(() => isSame(sim))).toBe(true);
    const [bridge] = sim.bridges('gpu1');
    bridge!.link.isCut = true;
    const sizeAtFirst = statSync(there(sim)).size;
    while (statSync(there(sim)).size >= sizeAtFirst) log.write(Buffer.from(text(nth++)));
    printTo(480_000);
    bridge!.link.heal();
    expect(await sim.until(() => isSame(sim), 20_000)).toBe(true);
    log.close();
  });

  test('stays here where the machine has lost it', async () => {
    const sim = await begin();
    writeFileSync(there(sim), 'one\n');
    look(sim);
    expect(await sim.until(() => isSame(sim))).toBe(true);
    rmSync(there(sim));
    await sim.run(5000);
    expect(readFileSync(here(sim), 'utf8')).toBe('one\n');
  });
});

describe('whatever is read of it between two steps of the bridge is of the generation that is recorded', () => {
  /** Compares what is here with what each generation is, before each call of the file system. Returns a function that ends that. */
  function watch(sim: Simulation, generations: Map<string, () => Buffer>): () => string[] {
    const wrong = new Set<string>();
    const { openSync, closeSync, renameSync, writeSync, readSync } = fs;
    const real = { openSync, closeSync, renameSync, writeSync, readSync };
    let isLooking = false;
    const compare = (call: string): void => {
      if (isLooking) return;
      isLooking = true;
      const { gen = NO_GENERATION, part } = fetchedOutput(sim.dir(SEAT), 'W1').stdout ?? {};
      const expected = part === true ? undefined : generations.get(gen)?.();
      if (expected !== undefined && existsSync(here(sim))) {
        const found = readFileSync(here(sim));
        if (!expected.subarray(0, found.length).equals(found)) wrong.add(call);
      }
      isLooking = false;
    };
    for (const [name, call] of Object.entries(real) as [string, (...args: unknown[]) => unknown][])
      Object.assign(fs, {
        [name]: (...args: unknown[]) => {
          compare(name);
          return call(...args);
        },
      });
    syncBuiltinESMExports();
    return () => {
      Object.assign(fs, real);
      syncBuiltinESMExports();
      return [...wrong];
    };
  }

  test('where its end arrives with the results before its middle has', async () => {
    const sim = await begin();
    writeFileSync(there(sim), 'begun\n'.repeat(100));
    look(sim);
    expect(await sim.until(() => isSame(sim))).toBe(true);
    look(sim, 0);
    const numbers = Array.from({ length: 200_000 }, (_, n) => `${n}\n`).join('');
    const end = watch(sim, new Map([[outputGeneration(there(sim)), () => readFileSync(there(sim))]]));
    try {
      await sim.run(60_000);
      rmSync(workerPaths(sim.dir(SEAT), 'W1').look);
      appendFileSync(there(sim), numbers);
      keepResults(sim.dir('gpu1'), 'W1', { maxBytes: 8 << 20, now: sim.nowMs });
      sim.look('gpu1');
      const hasEnd = (): boolean => readFileSync(here(sim)).includes('199999\n');
      expect(await sim.until(hasEnd, 60_000)).toBe(true);
      expect(isSame(sim)).toBe(false);
      look(sim);
      expect(await sim.until(() => isSame(sim), 60_000)).toBe(true);
    } finally {
      expect(end()).toEqual([]);
    }
  });

  test('where another file has taken its place over there', async () => {
    const sim = await begin();
    writeFileSync(there(sim), 'the first one\n');
    look(sim);
    expect(await sim.until(() => isSame(sim))).toBe(true);
    const [first, second] = [Buffer.from('the first one\n'), Buffer.from('another one\n')];
    const before = outputGeneration(there(sim));
    const other = `${there(sim)}.other`;
    writeFileSync(other, second);
    const end = watch(
      sim,
      new Map([
        [before, () => first],
        [outputGeneration(other), () => second],
      ]),
    );
    try {
      renameSync(other, there(sim));
      expect(await sim.until(() => isSame(sim), 60_000)).toBe(true);
    } finally {
      expect(end()).toEqual([]);
    }
  });
});

test('a folded log is of another generation, whatever its limit', () => {
  const path = join(tempDir('generation'), 'log');
  for (const megabytes of [1, 3, 20]) {
    rmSync(path, { force: true });
    const log = new BoundedLog(path, (megabytes << 20) / 2);
    const line = Buffer.from('the same line again\n'.repeat(3000));
    let generation = '';
    for (let folds = 0; folds < 3;) {
      const { size } = statSync(path);
      const before = size === 0 ? '' : outputGeneration(path);
      log.write(line);
      const after = outputGeneration(path);
      if (statSync(path).size < size) {
        folds++;
        expect(after).not.toBe(before);
        expect(after).not.toBe(generation);
        generation = after;
      } else if (before !== '') expect(after).toBe(before);
    }
    log.close();
  }
});

const machine = fc.constantFrom(...MACHINES);
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('print' as const),
      bytes: fc.integer({ min: 1, max: 200_000 }),
      isSame: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('run' as const), ms: fc.constantFrom(1, 50, 500, 4000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), machine }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const), machine }) },
);

test('whatever is lost, doubled, reordered, folded or killed: the seat comes to have what the machine has', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(command, { minLength: 5, maxLength: 30 }), async (seed, commands) => {
      const sim = await begin(seed);
      look(sim);
      let log = new BoundedLog(there(sim), 512 * 1024);
      let nth = 0;
      for (const each of commands) {
        if (each.kind === 'run') await sim.run(each.ms);
        else if (each.kind === 'print') {
          const text = each.isSame ? 'the same\n' : `${nth++} ${'.'.repeat(nth % 50)}\n`;
          log.write(Buffer.from(text.repeat(Math.ceil(each.bytes / text.length))));
        } else if (each.kind === 'replace') {
          log.close();
          rmSync(there(sim));
          log = new BoundedLog(there(sim), 512 * 1024);
        } else if (each.kind === 'crash') sim.crash(each.machine);
        else if (sim.bridges(each.machine).length < 2) sim.start(each.machine);
      }
      log.write(Buffer.from('the end\n'));
      for (const each of MACHINES) if (!sim.isUp(each)) sim.start(each);
      expect(await sim.until(() => isSame(sim), 200_000)).toBe(true);
      log.close();
      sim.stop();
    }),
    { numRuns: 40 },
  );
}, 300_000);
