import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolvedPath } from '#core/base/realPath.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
beforeAll(() => {
  root = realpathSync.native(tempDir());
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  writeFileSync(join(root, 'src/a.ts'), '');
  symlinkSync('src/deep', join(root, 'into'));
  symlinkSync('src/new.ts', join(root, 'dangling'));
  symlinkSync('circle', join(root, 'circle'));
});

test.each([
  ['src/a.ts', 'src/a.ts'],
  ['./src//deep/../a.ts', 'src/a.ts'],
  // the system follows a link before it goes up from where it leads
  ['into/../a.ts', 'src/a.ts'],
  ['into/new.ts', 'src/deep/new.ts'],
  ['new/folder/x.ts', 'new/folder/x.ts'],
  ['new/../into/x.ts', 'src/deep/x.ts'],
  ['dangling', 'src/new.ts'],
  ['src/', 'src'],
  ['', ''],
])('%s is %s', (path, real) => {
  expect(resolvedPath(path, root)).toBe(join(root, real));
});

test('a path that the system would not take is not resolved', () => {
  expect(resolvedPath('circle/a.ts', root)).toBeUndefined();
  expect(resolvedPath('/a'.repeat(20_000), root)).toBeUndefined();
});

test('the deepest path is resolved at once', () => {
  const started = process.cpuUsage();
  expect(resolvedPath('a/'.repeat(1900), root)).toBe(join(root, 'a/'.repeat(1900)).slice(0, -1));
  expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
});
