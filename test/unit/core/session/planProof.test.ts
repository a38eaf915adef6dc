import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { isProven, planProof } from '#core/session/planProof.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const plan = { run: 'R1', sha256: 'a'.repeat(64) };
let home: string;
let dir: string;
beforeEach(() => {
  home = tempDir();
  dir = sessionDir(home, 's1');
});

test('a proof holds for one run of one session, one plan and one home', () => {
  const proof = planProof(home, dir, plan);
  expect(isProven(home, dir, { ...plan, proof })).toBe(true);
  const other = tempDir();
  planProof(other, dir, plan);
  const wrong: [string, string, object][] = [
    [home, dir, {}],
    [home, dir, { proof: '' }],
    [home, dir, { proof: proof.slice(1) }],
    [home, dir, { proof: `${proof}0` }],
    [home, dir, { proof: 'é'.repeat(32) }],
    [home, dir, { proof, run: 'R2' }],
    [home, dir, { proof, sha256: 'b'.repeat(64) }],
    [home, sessionDir(home, 's2'), { proof }],
    [other, dir, { proof }],
    [tempDir(), dir, { proof }],
  ];
  for (const [inHome, ofSession, fields] of wrong)
    expect(isProven(inHome, ofSession, { ...plan, ...fields })).toBe(false);
});

test('the key is made once, and is for its owner alone', () => {
  planProof(home, dir, plan);
  const { key } = homePaths(home);
  const text = readFileSync(key, 'utf8');
  expect(statSync(key).mode & 0o777).toBe(0o600);
  planProof(home, dir, { ...plan, run: 'R2' });
  expect(readFileSync(key, 'utf8')).toBe(text);
  expect(readdirSync(home)).toEqual(['key']);
});

test('to look at a plan makes no key', () => {
  expect(isProven(home, dir, { ...plan, proof: 'x' })).toBe(false);
  expect(existsSync(homePaths(home).key)).toBe(false);
});

describe('what is no key proves nothing', () => {
  const kinds: [string, (path: string) => void][] = [
    ['a link', (path) => symlinkSync(join(home, 'elsewhere'), path)],
    [
      'a link to a key',
      (path) => {
        writeFileSync(join(home, 'elsewhere'), '0'.repeat(64));
        symlinkSync(join(home, 'elsewhere'), path);
      },
    ],
    ['a device', (path) => symlinkSync('/dev/zero', path)],
    ['a folder', (path) => mkdirSync(path)],
    ['an empty file', (path) => writeFileSync(path, '')],
    ['another text', (path) => writeFileSync(path, 'z'.repeat(64))],
    ['a long file', (path) => writeFileSync(path, '0'.repeat(65))],
  ];
  test.each(kinds)('%s', (_name, make) => {
    make(homePaths(home).key);
    expect(() => planProof(home, dir, plan)).toThrow();
    expect(() => isProven(home, dir, plan)).toThrow();
  });

  test.skipIf(process.getuid?.() === 0)('a file that cannot be read', () => {
    writeFileSync(homePaths(home).key, '0'.repeat(64));
    chmodSync(homePaths(home).key, 0);
    expect(() => isProven(home, dir, plan)).toThrow();
  });
});
