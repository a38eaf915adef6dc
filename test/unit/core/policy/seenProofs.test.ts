import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { NewEvent } from '#core/log/append.ts';
import { isOfProject, ranEvents, treeEvents, type ProofPlace, type SeenCommand } from '#core/policy/seenProofs.ts';
import { plainGit } from '#test/lib/plainGit.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { fold, T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

const TESTS = 'proven:npm test';
const OF_SRC = 'proven(src/**):npm test';
const LINT = 'proven:npm run lint';
let root: string;

/** A repository with a file that conditions cover, and one that only the first of them does. */
beforeEach(() => {
  root = realpathSync(tempDir());
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src/a.ts'), 'one');
  writeFileSync(join(root, 'README.md'), 'one');
  plainGit(root, 'init', '-q');
});

const waiting = (...until: string[]): object => ({
  t: 'hook',
  worker: 'user',
  event: 'Stop',
  exit: 2,
  message: 'x',
  until,
});
const placeOf = (...log: object[]): ProofPlace => ({ state: fold(log), root, env: process.env });
const run = (text: string, more: Partial<SeenCommand> = {}): SeenCommand => ({
  text,
  cwd: root,
  code: 0,
  startedTs: T0,
  now: () => T0 + 1500.4,
  ...more,
});

describe('a command that has ended', () => {
  const ran = (text: string, more?: Partial<SeenCommand>): Promise<NewEvent[]> =>
    ranEvents(placeOf(waiting(TESTS, LINT)), run(text, more));

  test('is recorded with its exit code, its time, and the hash of the files', async () => {
    expect(await ran('npm test', { worker: 'W1' })).toEqual([
      {
        t: 'ran',
        of: TESTS,
        code: 0,
        task: undefined,
        worker: 'W1',
        ms: 1500,
        tree: expect.stringMatching(/^\w{20,}$/),
      },
    ]);
    expect(await ran('npm test', { code: 1 })).toMatchObject([{ code: 1 }]);
    expect(await ran('npm test', { now: () => T0 - 10 })).toMatchObject([{ ms: 0 }]);
  });

  test('is recorded for each condition that waits for it, each with the files that it covers', async () => {
    const place = placeOf(waiting(TESTS, OF_SRC));
    const trees = async (): Promise<unknown[][]> =>
      (await ranEvents(place, run('npm test'))).map(({ of, tree }) => [of, tree]);
    const [all, src] = await trees();
    writeFileSync(join(root, 'README.md'), 'two');
    const [laterAll, laterSrc] = await trees();
    expect([all?.[0], src?.[0]]).toEqual([TESTS, OF_SRC]);
    expect(laterAll).not.toEqual(all);
    expect(laterSrc).toEqual(src);
  });

  test('is none of a condition where another one ran, or where nothing waits', async () => {
    expect(await ran('npm run build')).toEqual([]);
    expect(await ranEvents(placeOf(), run('npm test'))).toEqual([]);
    const hidden = 'it ran in another folder';
    expect(await ran('npm test', { cwd: '/' })).toEqual([{ t: 'ran', of: TESTS, hidden, worker: undefined }]);
  });

  test('has why it shows nothing where it ended well; where it failed that is all there is to know', async () => {
    const hidden = 'what is around it hides how it ended';
    expect(await ran('npm test || true', { worker: 'W1' })).toEqual([{ t: 'ran', of: TESTS, hidden, worker: 'W1' }]);
    expect(await ran('npm test || true', { code: 1 })).toMatchObject([{ of: TESTS, code: 1, tree: undefined }]);
    // beside one that is shown the files are looked at for both
    expect(await ran('npm test || true; npm run lint', { code: 1 })).toMatchObject([
      { of: TESTS, code: 1, tree: expect.any(String) },
      { of: LINT, code: 1, tree: expect.any(String) },
    ]);
  });

  test('that goes on in the background is recorded as its task', async () => {
    expect(await ran('npm test', { code: undefined, task: 'b1' })).toMatchObject([{ code: undefined, task: 'b1' }]);
  });

  test('has no hash without git, or without a repository', async () => {
    const place = placeOf(waiting(TESTS));
    const tree = async (at: ProofPlace): Promise<unknown> =>
      (await ranEvents(at, run('npm test', { cwd: at.root })))[0]?.['tree'];
    expect(await tree({ ...place, env: { PATH: '' } })).toBeUndefined();
    expect(await tree({ ...place, root: realpathSync(tempDir()) })).toBeUndefined();
  });
});

describe('the files of what was proven', () => {
  /** A state in which the conditions hold, by the files as they are. */
  async function proven(...ofs: string[]): Promise<ProofPlace> {
    const place = placeOf(waiting(...ofs));
    fold(await ranEvents(place, run('npm test')), place.state, 1);
    return place;
  }

  test('are those that the log has: nothing is to be written', async () => {
    const place = await proven(TESTS, OF_SRC);
    expect(await treeEvents(place, [TESTS, OF_SRC])).toEqual([]);
  });

  test('are others after an edit, of the conditions that cover it, and the same again once it is taken back', async () => {
    const place = await proven(TESTS, OF_SRC);
    writeFileSync(join(root, 'README.md'), 'two');
    const events = await treeEvents(place, [TESTS, OF_SRC]);
    expect(events).toEqual([{ t: 'tree', of: TESTS, tree: expect.any(String) }]);
    fold(events, place.state, 9);
    expect(await treeEvents(place, [TESTS, OF_SRC])).toEqual([]);
    writeFileSync(join(root, 'README.md'), 'one');
    expect(await treeEvents(place, [TESTS, OF_SRC])).toMatchObject([{ t: 'tree', of: TESTS }]);
  });

  test('are not looked at for what was never proven, or without a hash', async () => {
    const place = await proven(TESTS);
    writeFileSync(join(root, 'README.md'), 'two');
    expect(await treeEvents(place, [OF_SRC, LINT])).toEqual([]);
    const unhashed = placeOf(waiting(TESTS), { t: 'ran', of: TESTS, code: 0, ms: 1 });
    expect(await treeEvents(unhashed, [TESTS])).toEqual([]);
  });

  test('may be any where they cannot be looked at any more, of what holds alone', async () => {
    const place = await proven(TESTS);
    const gone = { ...place, env: { PATH: '' } };
    expect(await treeEvents(gone, [TESTS])).toEqual([{ t: 'edited' }]);
    fold([{ t: 'edited' }], place.state, 9);
    expect(await treeEvents(gone, [TESTS])).toEqual([]);
  });
});

test('a file is of the project where its checkout is the project’s own, or around it', () => {
  const inner = join(root, 'trees/other');
  mkdirSync(join(inner, '.git'), { recursive: true });
  const beside = join(realpathSync(tempDir()), 'beside');
  mkdirSync(join(beside, '.git'), { recursive: true });
  const is = (path: string, of = root): boolean => isOfProject(path, of);
  expect(is('src/a.ts')).toBe(true);
  expect(is(join(root, 'src/new.ts'))).toBe(true);
  expect(is(join(inner, 'a.ts'))).toBe(false);
  expect(is('trees/other/a.ts')).toBe(false);
  // what is elsewhere is covered by no glob of the project, and need not be told apart
  expect(is(join(beside, 'a.ts'))).toBe(true);
  expect(is(join(root, 'a.ts'), inner)).toBe(true);
  expect(is(join(inner, 'a.ts'), beside)).toBe(true);
  expect(is('/nowhere/a.ts')).toBe(true);
  expect(is('/a'.repeat(20_000))).toBe(true);
  const plain = realpathSync(tempDir());
  mkdirSync(join(plain, 'repository/.git'), { recursive: true });
  expect(is('repository/a.ts', plain)).toBe(true);
});
