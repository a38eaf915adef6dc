import { expect, test } from 'vitest';
import { workerPaths } from '#core/base/paths.ts';
import { ID, isMachineName, isRunId, isSessionId, isShortName, isWorkerId, MAX_NAME } from '#protocol/ids.ts';

// Ids come from outside and become parts of paths.

const PATHS = [
  '',
  '.',
  '..',
  '/',
  '../x',
  'x/..',
  'a/b',
  '/etc',
  String.raw`a\b`,
  'a\0',
  'a\n',
  'a b',
  'ä',
  '~',
  '$x',
  'a:b',
];

test.each(PATHS)('%j is no worker, no session, no machine and no run', (text) => {
  for (const isId of [isWorkerId, isSessionId, isMachineName, isRunId]) expect(isId(text)).toBe(false);
  expect(ID.block.test(text)).toBe(false);
  expect(() => workerPaths('/home/s', text)).toThrow('not a worker id');
});

test('what is none is not repeated whole in the error', () => {
  expect(() => workerPaths('/home/s', 'x'.repeat(1000))).toThrow(/^not a worker id: "x{80}"$/);
});

test.each([
  ['a worker', isWorkerId, 64, ['W1', 'a.b', '...', '.a', 'a..', 'conductor', 'A_b-c.9']],
  ['a session', isSessionId, 128, ['s1', '0b9d3a2c-1111-4444-8888-abcdefabcdef', 'a_b']],
  ['a machine', isMachineName, 128, ['build-1', 'A_b']],
])('%s has a name of letters, digits and few signs, of bounded length', (_what, isId, most, names) => {
  for (const name of names) expect(isId(name), name).toBe(true);
  expect([isId('a'.repeat(most)), isId('a'.repeat(most + 1))]).toEqual([true, false]);
});

test('the folder of a worker is in that of its session', () => {
  for (const name of ['W1', '...', 'a.b'])
    expect(workerPaths('/home/s', name)).toMatchObject({
      dir: `/home/s/workers/${name}`,
      out: `/home/s/workers/${name}/out`,
    });
});

test('runs and blocks are counted from one', () => {
  for (const [pattern, letter] of [
    [ID.run, 'R'],
    [ID.block, 'B'],
  ] as const) {
    for (const number of ['1', '10', '999999999']) expect(pattern.test(letter + number)).toBe(true);
    for (const number of ['', '0', '01', '1000000000', '1a', '-1', '1.5'])
      expect(pattern.test(letter + number)).toBe(false);
    expect(pattern.test(`x${letter}1`)).toBe(false);
  }
});

test('a name that a person chose is one line', () => {
  for (const name of ['a', 'merge the branch', '../x', 'ä'.repeat(MAX_NAME)]) expect(isShortName(name)).toBe(true);
  for (const name of ['', 'a\nb', 'a\rb', 'a\0b', 'ä'.repeat(MAX_NAME + 1)]) expect(isShortName(name)).toBe(false);
});
