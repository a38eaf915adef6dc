/** The simulated file system against the one of this machine: the same calls have the same answers. */
import * as real from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import * as simulated from './kernel/fileModule.ts';
import { Machine } from './kernel/machine.ts';

afterAll(removeTempDirs);

type Files = typeof real;
type Call = { name: string; run: (files: Files, root: string, open: number[]) => unknown };

const NAMES = ['a', 'b', 'c', 'a/x', 'a/y', 'b/x', 'a/x/deep', 'link', 'link/x', 'a/../b', 'missing/x'];
const path = fc.constantFrom(...NAMES);
const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW, O_TRUNC } = real.constants;
const flags = fc.constantFrom(
  O_RDONLY,
  O_RDONLY | O_NOFOLLOW,
  O_WRONLY | O_CREAT,
  O_WRONLY | O_CREAT | O_EXCL,
  O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW,
  O_RDWR | O_CREAT | O_TRUNC,
  O_WRONLY | O_APPEND,
);

const one = (name: string, run: (files: Files, path: string) => unknown): fc.Arbitrary<Call> =>
  path.map((each) => ({
    name: `${name} ${each}`,
    run: (files, root) => run(files, join(root, each)),
  }));
const two = (name: string, run: (files: Files, from: string, to: string) => unknown): fc.Arbitrary<Call> =>
  fc.tuple(path, path).map(([from, to]) => ({
    name: `${name} ${from} ${to}`,
    run: (files, root) => run(files, join(root, from), join(root, to)),
  }));

const shape = (stats: real.Stats | undefined): unknown =>
  stats && {
    file: stats.isFile(),
    folder: stats.isDirectory(),
    link: stats.isSymbolicLink(),
    size: stats.isFile() ? stats.size : 0,
    names: stats.isFile() ? stats.nlink : 0,
    mode: stats.isSymbolicLink() ? 0 : stats.mode & 0o777,
  };

const calls: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(path, flags).map(([each, bits]) => ({
    name: `open ${each} ${bits}`,
    run: (files: Files, root: string, open: number[]) => {
      open.push(files.openSync(join(root, each), bits, 0o600));
    },
  })),
  fc.tuple(fc.nat(3), fc.constantFrom('one', 'twenty-two', '')).map(([nth, text]) => ({
    name: `write ${nth} ${text}`,
    run: (files: Files, _root: string, open: number[]) =>
      open[nth] === undefined ? 0 : files.writeSync(open[nth], Buffer.from(text)),
  })),
  fc.tuple(fc.nat(3), fc.nat(12)).map(([nth, position]) => ({
    name: `read ${nth} ${position}`,
    run: (files: Files, _root: string, open: number[]) => {
      const bytes = Buffer.alloc(8);
      return open[nth] === undefined ? '' : files.readSync(open[nth], bytes, 0, 8, position) + bytes.toString('latin1');
    },
  })),
  fc.nat(3).map((nth) => ({
    name: `fstat ${nth}`,
    run: (files: Files, _root: string, open: number[]) =>
      open[nth] === undefined ? undefined : shape(files.fstatSync(open[nth])),
  })),
  one('mkdir', (files, full) => files.mkdirSync(full, { mode: 0o700 })),
  one('mkdir -p', (files, full) => files.mkdirSync(full, { recursive: true, mode: 0o700 })?.slice(-1)),
  one('rmdir', (files, full) => files.rmdirSync(full)),
  one('unlink', (files, full) => files.unlinkSync(full)),
  one('rm -r', (files, full) => files.rmSync(full, { recursive: true, force: true })),
  one('write file', (files, full) => files.writeFileSync(full, 'whole', { mode: 0o640 })),
  one('read file', (files, full) => files.readFileSync(full, 'utf8')),
  one('list', (files, full) => files.readdirSync(full).toSorted()),
  one('lstat', (files, full) => shape(files.lstatSync(full, { throwIfNoEntry: false }))),
  one('stat', (files, full) => shape(files.statSync(full, { throwIfNoEntry: false }))),
  one('exists', (files, full) => files.existsSync(full)),
  one('readlink', (files, full) => files.readlinkSync(full)),
  one('link to a', (files, full) => files.symlinkSync('a', full)),
  two('rename', (files, from, to) => files.renameSync(from, to)),
  two('second name', (files, from, to) => files.linkSync(from, to)),
);

/** What a call answers: a value, or the code of its error. */
function answer(call: Call, files: Files, root: string, open: number[]): unknown {
  try {
    return call.run(files, root, open) ?? 'nothing';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

test('any calls have the answers of the real file system', () => {
  fc.assert(
    fc.property(fc.array(calls, { maxLength: 40 }), (list) => {
      const folder = join(tempDir(), 'root');
      real.mkdirSync(folder, { mode: 0o700 });
      const machine = new Machine(() => 0.5);
      machine.disk.putFolder('/root');
      const opened: number[] = [];
      const expected = list.map((call) => answer(call, real, folder, opened));
      for (const fd of opened) real.closeSync(fd);
      let answered: unknown[] = [];
      const process = machine.start({
        kind: 'test',
        argv: [],
        env: {},
        main: () => {
          const open: number[] = [];
          answered = list.map((call) => answer(call, simulated as unknown as Files, '/root', open));
        },
      });
      machine.turn(process);
      const told = list.map(({ name }, i) => `${name}: ${JSON.stringify(answered[i])}`);
      expect(told).toEqual(list.map(({ name }, i) => `${name}: ${JSON.stringify(expected[i])}`));
    }),
    { numRuns: 600 },
  );
});
