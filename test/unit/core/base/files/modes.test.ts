import { closeSync, constants, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { claimFolder } from '#core/base/files/aside.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { createFile, createWholeFile } from '#core/base/files/createFile.ts';
import { makeFolder, makeNewFolder, makePrivate } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { openToTouch, touch } from '#core/base/files/touch.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

// What is in a home is its owner's alone: a transcript's words, a person's approvals, the key.

afterAll(removeTempDirs);

const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

test.each<[string, (path: string) => void]>([
  ['opened to write', (path) => closeSync(openFile(path, constants.O_WRONLY | constants.O_CREAT).fd)],
  ['created', (path) => createFile(path, 'x')],
  ['created whole', (path) => createWholeFile(path, 'x')],
  ['touched', (path) => touch(path, 1)],
  ['touched again and again', (path) => openToTouch(path).close()],
])('a file that is %s is its owner’s alone', (_how, make) => {
  const path = join(tempDir(), 'file');
  make(path);
  expect(modeOf(path)).toBe('600');
});

test.each<[string, (path: string) => void]>([
  ['made', (path) => makeFolder(path)],
  ['made anew', (path) => makeNewFolder(path)],
  ['claimed', (path) => claimFolder(path)],
])('a folder that is %s is its owner’s alone', (_how, make) => {
  const path = join(tempDir(), 'folder');
  make(path);
  expect(modeOf(path)).toBe('700');
});

test('so are the folders above one that is made, those that took the place of something, and one that was open to all', () => {
  const dir = tempDir();
  makeFolder(join(dir, 'a', 'b'));
  expect(modeOf(join(dir, 'a'))).toBe('700');
  writeFileSync(join(dir, 'c'), 'x');
  expect(claimFolder(join(dir, 'c'))).toBe(true);
  expect(modeOf(join(dir, 'c'))).toBe('700');
  makeFolder(join(dir, 'd'), 0o755);
  makePrivate(join(dir, 'd'));
  expect(modeOf(join(dir, 'd'))).toBe('700');
});

test('a file that is replaced has the mode that was named, whatever it had', () => {
  const path = join(tempDir(), 'file');
  writeFileSync(path, 'x', { mode: 0o644 });
  writeFileAtomic(path, 'y', { mode: 0o600 });
  expect(modeOf(path)).toBe('600');
});

/** Programs, people's settings and projects have modes of their own. */
const OTHERS = [
  'src/core/base/files/',
  'src/core/install/gitHooks/hookFile.ts',
  'src/core/install/installer.ts',
  'src/core/install/mod/modFolder.ts',
  'src/core/install/runtimeFiles.ts',
  'src/demo/worker.ts',
];

test('whatever replaces a file of a home names its mode', () => {
  const sources = ['src', 'hooks'].flatMap((folder) =>
    readdirSync(join(repoRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(repoRoot, folder, name)),
  );
  const calls = sources
    .filter((file) => !OTHERS.some((other) => relative(repoRoot, file).startsWith(other)))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/writeFileAtomic\([^;]*;/g)].map(([call]) => [
        relative(repoRoot, file),
        call,
      ]),
    );
  expect(calls.length).toBeGreaterThan(15);
  expect(calls.filter(([, call]) => call?.includes('mode: 0o600') !== true)).toEqual([]);
});
