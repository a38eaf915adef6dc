import fc from 'fast-check';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { sessionPaths, workerPaths } from '#core/base/paths.ts';
import { keepResults } from '#core/machines/output/keptResults.ts';
import { ResultsIn } from '#core/machines/output/resultsIn.ts';
import { areResultsUnsent } from '#core/machines/output/resultsOut.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { MemoryServer } from './memoryLink.ts';
import { faultsOf, NO_FAULTS, SEAT, Simulation } from './simulation.ts';

const MACHINES = [SEAT, 'gpu1', 'gpu2'];
let last: Simulation | undefined;
afterEach(() => last?.stop());
afterAll(removeTempDirs);

type Files = Record<string, Buffer>;

/** What a worker of a machine has printed and left. */
function leave(sim: Simulation, machine: string, worker: string, files: Files, stdout = ''): void {
  const paths = workerPaths(sim.dir(machine), worker);
  mkdirSync(paths.out, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(paths.out, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  if (stdout !== '') writeFileSync(paths.stdout, stdout);
  sim.write(machine, { t: 'spawn', worker });
  sim.look(machine);
}

const keep = (sim: Simulation, machine: string, worker: string, maxBytes = 8 << 20): void => {
  keepResults(sim.dir(machine), worker, { maxBytes, now: sim.nowMs });
  sim.look(machine);
};

/** The results of a worker at the seat. */
function results(sim: Simulation, worker: string): Files {
  const { out } = workerPaths(sim.dir(SEAT), worker);
  if (!existsSync(out)) return {};
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(out, name)).isFile(),
  );
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(out, name))]));
}

const isAt = (sim: Simulation, worker: string, files: Files): boolean => {
  const found = results(sim, worker);
  return (
    Object.keys(found).length === Object.keys(files).length &&
    Object.entries(files).every(([name, bytes]) => found[name]?.equals(bytes) === true)
  );
};

const warnings = (sim: Simulation): string[] => sim.folded().state.notices.map(({ text }) => text);

function begin(seed?: number, machines = MACHINES): Simulation {
  last = new Simulation(tempDir('results'), machines, seed === undefined ? { ...NO_FAULTS } : faultsOf(seed));
  for (const each of machines) last.start(each);
  return last;
}

const machine = fc.constantFrom(...MACHINES);
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('keep' as const),
      sizes: fc.array(fc.nat({ max: 200_000 }), { maxLength: 4 }),
      of: fc.constantFrom('gpu1', 'gpu2'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('run' as const), ms: fc.constantFrom(1, 20, 200, 3000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), machine }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const), machine }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), machine, isCut: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('setBack' as const), to: fc.nat({ max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const) }) },
);

test('whatever is lost, doubled, reordered, forgotten or killed: what workers left is at the seat, byte by byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(command, { minLength: 3, maxLength: 20 }), async (seed, commands) => {
      const sim = begin(seed);
      const left = new Map<string, Files>();
      for (const each of commands) {
        if (each.kind === 'run') await sim.run(each.ms);
        else if (each.kind === 'keep') {
          const worker = `W${left.size + 1}`;
          const files = Object.fromEntries(
            each.sizes.map((size, i) => [
              `${i % 2 === 0 ? '' : 'deep/'}f${i}`,
              Buffer.alloc(size, `${worker} ${i} ${size}`),
            ]),
          );
          left.set(worker, files);
          leave(sim, each.of, worker, files);
          keep(sim, each.of, worker);
        } else if (each.kind === 'crash') sim.crash(each.machine);
        else if (each.kind === 'start') {
          if (sim.bridges(each.machine).length < 2) sim.start(each.machine);
        } else if (each.kind === 'cut') {
          for (const { link } of sim.bridges(each.machine))
            if (each.isCut) link.isCut = true;
            else link.heal();
        } else if (each.kind === 'setBack') sim.server.setBack(each.to);
        // the seat has lost how far it had taken them, and with it nothing of what they are
        else rmSync(join(sessionPaths(sim.dir(SEAT)).dir, 'arrived'), { recursive: true, force: true });
      }
      for (const each of MACHINES) if (!sim.isUp(each)) sim.start(each);
      for (const { link } of sim.bridges()) link.heal();
      for (const [worker, files] of left)
        expect(await sim.until(() => isAt(sim, worker, files), 300_000), `the results of ${worker}`).toBe(true);
      expect(await sim.until(() => !areResultsUnsent(sim.dir('gpu1')), 60_000)).toBe(true);
      sim.stop();
    }),
    { numRuns: 25 },
  );
}, 300_000);

test('results that come before the line of their worker wait for it, however often that happens', () => {
  const state = emptyState();
  const warned: string[] = [];
  const clock = { now: () => 0, later: () => ({ cancel: () => undefined }) };
  const server = new MemoryServer(clock.later, { ...NO_FAULTS });
  const results = new ResultsIn({
    dir: tempDir('results'),
    session: 's',
    space: 't',
    machine: SEAT,
    link: server.connect(),
    clock,
    sync: async () => undefined,
    startWorkers: () => undefined,
    report: () => undefined,
    maxResultBytes: () => 0,
    state: () => state,
    warn: (...words) => warned.push(words.join(' ')),
  });
  for (let n = 1, pos = 0; n <= 257; n++) {
    const data = Buffer.from(`{"worker":"W${n}","id":"i","ends":true,"left":"a${n}"}\n`);
    results.take('gpu1', { gen: 'g1', pos, data });
    expect(warned).toHaveLength(n - 1);
    reduce(state, { pos: n, value: { t: 'spawn', ts: 1, worker: `W${n}`, via: 'gpu1/g', off: n } });
    results.take('gpu1', { gen: 'g1', pos, data });
    expect(warned.at(-1)).toBe(`gpu1 not brought of the results of W${n} a${n}`);
    pos += data.length;
  }
});

describe('of what is left', () => {
  test('the end of both streams comes as well, with a line that counts what does not', async () => {
    const sim = begin();
    leave(sim, 'gpu1', 'W1', { 'a.txt': Buffer.from('a') }, 'x'.repeat(300_000));
    keep(sim, 'gpu1', 'W1');
    expect(await sim.until(() => isAt(sim, 'W1', { 'a.txt': Buffer.from('a') }))).toBe(true);
    const log = readFileSync(workerPaths(sim.dir(SEAT), 'W1').stdout, 'utf8');
    expect(log).toBe(`\n[…           37856 bytes left out …]\n${'x'.repeat(262_144)}`);
  });

  test('a link is not followed, and what is too much stays: one sentence names both', async () => {
    const sim = begin();
    leave(sim, 'gpu1', 'W1', {
      'b.bin': Buffer.alloc(2 << 20),
      'c.txt': Buffer.from('c'),
      'd.bin': Buffer.alloc(3 << 20),
    });
    symlinkSync('/etc/passwd', join(workerPaths(sim.dir('gpu1'), 'W1').out, 'a'));
    keep(sim, 'gpu1', 'W1', 1 << 20);
    expect(await sim.until(() => warnings(sim).length > 0)).toBe(true);
    expect(warnings(sim)).toEqual([
      'gpu1: not brought of the results of W1: b.bin and 1 more, 5.0 MB: of a worker 1 MB (fermata.machines.bringMegabytes) and 1000 files are brought; a: it is no ordinary file',
    ]);
    expect(results(sim, 'W1')).toEqual({ 'c.txt': Buffer.from('c') });
  });

  test('nothing is kept twice', () => {
    const sim = begin();
    leave(sim, 'gpu1', 'W1', { a: Buffer.from('a') });
    keep(sim, 'gpu1', 'W1');
    const { size } = statSync(sessionPaths(sim.dir('gpu1')).results);
    keep(sim, 'gpu1', 'W1');
    expect(statSync(sessionPaths(sim.dir('gpu1')).results).size).toBe(size);
  });
});

describe('what a hostile machine sends', () => {
  /** Publishes lines as the results of gpu1, and waits until the seat has passed over them. */
  async function send(sim: Simulation, lines: unknown[], gen = 'k3x9-hostile'): Promise<void> {
    const link = sim.server.connect();
    const text = `${JSON.stringify({ gen })}\n${lines.map((line) => `\n${JSON.stringify(line)}\n`).join('')}`;
    const data = Buffer.from(text);
    void link.publish('fermata.t.out.laptop.s.gpu1', { gen, pos: 0, data });
    const { arrived } = sessionPaths(sim.dir(SEAT));
    const end = (): number => {
      try {
        return (JSON.parse(readFileSync(arrived('gpu1'), 'utf8')) as { end: number }).end;
      } catch {
        return 0;
      }
    };
    expect(await sim.until(() => end() >= data.length)).toBe(true);
  }

  const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
  const file = (name: string, text: string, more: object = {}, data = Buffer.from(text)) => ({
    worker: 'W1',
    id: 'i1',
    file: 0,
    name,
    pos: 0,
    size: data.length,
    data: data.toString('base64'),
    sha256: hash(data),
    ...more,
  });

  async function withWorker(): Promise<Simulation> {
    const sim = begin(undefined, [SEAT, 'gpu1']);
    leave(sim, 'gpu1', 'W1', {});
    sim.write(SEAT, { t: 'spawn', worker: 'W8' });
    sim.look(SEAT);
    expect(await sim.until(() => sim.folded().state.workers.has('W1'))).toBe(true);
    return sim;
  }

  test.each([
    '../../../evil',
    '/etc/evil',
    'a/../../evil',
    '.',
    '..',
    '',
    'a//b',
    'a/',
    'a\\..\\b',
    'evil\u0000.txt',
    'evil\n.txt',
    'evil\u202etxt.exe',
    'zero\u200bwidth',
    '\ud800half',
    'x'.repeat(201),
    `${'d/'.repeat(17)}deep`,
    `${'long-folder-name/'.repeat(5)}${'y'.repeat(1000)}`,
  ])('under the name %j is not written anywhere, and one sentence says so', async (name) => {
    const sim = await withWorker();
    const home = join(sim.dir(SEAT), '../../..');
    const before = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((each) => /evil/.test(each));
    await send(sim, [file(name, 'bad'), file('good', 'good', { file: 1 })]);
    expect(results(sim, 'W1')).toEqual({ good: Buffer.from('good') });
    expect(readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((each) => /evil/.test(each))).toEqual(
      before,
    );
    expect(warnings(sim)).toEqual([
      expect.stringMatching(/^gpu1: not taken of the results of W1: ".*": (its name|it is)/),
    ]);
  });

  test.each([
    [['A.txt', 'a.txt'], 'capitals or accents'],
    [['Dir/x', 'dir/y'], 'capitals or accents'],
    [['e\u0301', '\u00e9'], 'capitals or accents'],
    [['a', 'a/b'], 'a is no folder'],
    [['a/b', 'a'], 'a is a folder'],
  ])('under names that get in each other’s way, as %j, is taken once', async (names, why) => {
    const sim = await withWorker();
    await send(
      sim,
      names.map((name, i) => file(name, name, { file: i })),
    );
    expect(Object.keys(results(sim, 'W1'))).toEqual([names[0]]);
    expect(warnings(sim)).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    ['a size beyond the bound', [file('a', 'a', { size: 9 << 20 })], 'more than 8 MB'],
    ['more than its size', [file('a', 'abc', { size: 1 })], 'more than 8 MB'],
    ['too many files', [file('a', 'a', { file: 1000 })], 'more than 1000 files'],
    ['of a worker of the seat', [file('a', 'a', { worker: 'W8' })], 'it has no such worker'],
  ])('is not taken: %s', async (_, lines, why) => {
    const sim = await withWorker();
    await send(sim, lines);
    for (const worker of ['W1', 'W8']) expect(results(sim, worker)).toEqual({});
    expect(warnings(sim)).toEqual([expect.stringContaining(why)]);
  });

  test('is no file where its bytes are others than they should be, or its beginning never comes', async () => {
    const sim = await withWorker();
    const link = sim.server.connect();
    const lines = [
      file('a', 'aaaa', { sha256: hash(Buffer.from('b')) }),
      file('b', 'bbbb', { pos: 2, size: 6, file: 1 }),
    ];
    const data = Buffer.from(lines.map((line) => `\n${JSON.stringify(line)}\n`).join(''));
    void link.publish('fermata.t.out.laptop.s.gpu1', { gen: 'k3x9-h', pos: 0, data });
    await sim.run(20_000);
    expect(results(sim, 'W1')).toEqual({});
  });

  test('does not go through a link in the folder of results, nor replace what a link leads to', async () => {
    const sim = await withWorker();
    const outside = tempDir('outside');
    writeFileSync(join(outside, 'kept'), 'kept');
    const { out } = workerPaths(sim.dir(SEAT), 'W1');
    mkdirSync(out, { recursive: true });
    symlinkSync(outside, join(out, 'dir'));
    symlinkSync(join(outside, 'kept'), join(out, 'file'));
    await send(sim, [file('dir/a', 'bad'), file('file', 'new', { file: 1 })]);
    expect(readdirSync(outside)).toEqual(['kept']);
    expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('kept');
    expect(readFileSync(join(out, 'file'), 'utf8')).toBe('new');
    expect(warnings(sim)).toEqual([expect.stringContaining('dir is no folder')]);
  });

  test('of many workers, and again and again under other names, ends at a bound', async () => {
    const sim = await withWorker();
    sim.maxResultBytes = 4096;
    await send(
      sim,
      Array.from({ length: 600 }, (_, i) => file(`f${i}`, '', { id: `i${i}` })),
    );
    expect(Object.keys(results(sim, 'W1')).length).toBeLessThanOrEqual(256);
    expect(warnings(sim)).toEqual([expect.stringContaining('of a machine')]);
  });

  test('from another machine than that of the worker is not taken', async () => {
    const sim = begin();
    leave(sim, 'gpu1', 'W1', {});
    leave(sim, 'gpu2', 'W2', { a: Buffer.from('a') });
    expect(await sim.until(() => sim.folded().state.workers.size === 2)).toBe(true);
    const data = Buffer.from(`\n${JSON.stringify(file('a', 'forged'))}\n`);
    void sim.server.connect().publish('fermata.t.out.laptop.s.gpu2', { gen: 'k3x9-f', pos: 0, data });
    expect(await sim.until(() => warnings(sim).length > 0)).toBe(true);
    expect(warnings(sim)).toEqual(['gpu2: not taken of the results of W1: it has no such worker']);
    expect(results(sim, 'W1')).toEqual({});
  });
});
