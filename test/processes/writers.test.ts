import { afterAll, describe, expect, test } from 'vitest';
import { append } from '#core/log/append.ts';
import { canMount, fillLimitedFile, fillSmallDisk } from '#test/lib/stress/fullDisk.ts';
import { prefixLength, readNumbered } from '#test/lib/stress/numbered.ts';
import { endAll } from '#test/lib/stress/program.ts';
import { sized } from '#test/lib/stress/size.ts';
import { writeAndDie, writeBesideForeign, writeTogether } from '#test/lib/stress/writers.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// The guarantees of appending: with real processes, the same at every size.

const size = sized({ modules: 4, pipes: 4, lines: 400 }, { modules: 64, pipes: 64, lines: 2000 });
const { modules, pipes, lines } = size;
const foreignLines = sized(40, 300);

afterAll(() => {
  endAll();
  removeTempDirs();
});
describe(`${modules} processes and ${pipes} pipes append ${lines} lines each`, () => {
  test('none lost, none torn, each writer’s order kept', async () => {
    const { incomplete, failed, damaged, counted, numbers } = await writeTogether(size);
    expect({ incomplete, failed, damaged, counted }).toEqual({ incomplete: [], failed: [], damaged: [], counted: 0 });
    expect(numbers.size).toBe(modules + pipes);
  });

  test('killed in the middle: a prefix of each, at least the lines that it reported, no line of others torn', async () => {
    const seed = Date.now();
    const { survivors, killed } = await writeAndDie(size, seed);
    const about = `seed ${seed}`;
    expect(survivors.failed, about).toEqual([]);
    expect(survivors.incomplete, about).toEqual([]);
    expect(killed.length, about).toBeGreaterThan((modules + pipes) / 4);
    expect(
      killed.filter(({ reported, there }) => there < reported),
      about,
    ).toEqual([]);
    // the system may cut the one write in which a process is killed; only that line is lost
    expect(survivors.counted, about).toBeLessThanOrEqual(killed.length);
    append(survivors.dir, Date.now(), { t: 'progress', worker: 'last', n: 0 });
    expect(prefixLength(readNumbered(survivors.dir).numbers.get('last'))).toBe(1);
  });

  test('beside writers that tear their own lines: torn lines are counted, Fermata’s are complete', async () => {
    const { written, unaccounted, foreignIntact } = await writeBesideForeign(size, 4, foreignLines);
    expect(written.failed).toEqual([]);
    expect(written.incomplete).toEqual([]);
    expect(unaccounted).toEqual([]);
    expect(foreignIntact).toBeGreaterThan(0);
    expect(written.counted).toBe(written.damaged.length);
    expect(written.counted).toBeGreaterThanOrEqual(1);
  });
});

describe('without room', () => {
  test.skipIf(!canMount())(
    'on a full disk: a readable error and log, and writing continues when there is room',
    async () => {
      const { errors, full, again } = await fillSmallDisk(1000);
      expect(errors).toEqual([
        expect.stringMatching(/no space left|only \d+ of \d+ bytes could be written.*disk full/),
      ]);
      expect(full.written).toBeGreaterThan(200);
      expect(full.events).toBe(full.written + 1);
      expect(full.damaged).toBeLessThanOrEqual(1);
      expect(again).toMatchObject({ written: full.written + 5, events: full.events + 5 });
      expect(again?.damaged).toBeLessThanOrEqual(1);
    },
  );

  test('at a limit on the file’s size: the same', async () => {
    const { limited, after } = await fillLimitedFile(1000, 100);
    expect(limited.errors).toEqual([expect.stringMatching(/file too large|only \d+ of \d+ bytes could be written/)]);
    expect(limited.full.written).toBeGreaterThan(10);
    expect(limited.full.events).toBe(limited.full.written + 1);
    expect(after.errors).toEqual([]);
    expect(after.full.events).toBe(limited.full.events + 5);
    expect(after.full.damaged).toBeLessThanOrEqual(1);
  });
});
