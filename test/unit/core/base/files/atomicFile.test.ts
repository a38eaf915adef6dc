import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let dir: string;
let file: string;
beforeEach(() => {
  dir = tempDir();
  file = join(dir, 'a');
});

test('replaces the content and keeps the mode, unless told another', () => {
  writeFileSync(file, 'old');
  chmodSync(file, 0o604);
  expect(writeFileAtomic(file, 'new')).toBe(true);
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['new', 0o604]);
  writeFileAtomic(file, Buffer.from('x'), { mode: 0o755 });
  expect(statSync(file).mode & 0o777).toBe(0o755);
  expect(readdirSync(dir)).toEqual(['a']);
});

test('gives up when it is no longer wanted', () => {
  writeFileSync(file, 'old');
  expect(writeFileAtomic(file, 'new', { shouldCommit: () => false })).toBe(false);
  expect([readFileSync(file, 'utf8'), readdirSync(dir)]).toEqual(['old', ['a']]);
});

test('leaves nothing behind when it fails', () => {
  mkdirSync(file);
  expect(() => writeFileAtomic(file, 'new')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(() => writeFileAtomic(join(dir, 'none', 'b'), 'new')).toThrow('ENOENT');
  expect(readdirSync(dir)).toEqual(['a']);
});

test('replaces a link and does not follow it', () => {
  writeFileSync(join(dir, 'b'), 'b');
  symlinkSync('b', file);
  writeFileAtomic(file, 'new');
  expect(lstatSync(file).isFile()).toBe(true);
  expect(readFileSync(join(dir, 'b'), 'utf8')).toBe('b');
});
