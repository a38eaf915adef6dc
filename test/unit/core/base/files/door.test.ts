import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { entriesIn, makeFolder, namesIn } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { addHome } from '#core/base/files/ownFolders.ts';
import { readLinkedBytes, readText } from '#core/base/files/readFile.ts';
import { removeFile, removeFileIfAny, removeTree } from '#core/base/files/remove.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let home: string;
let outside: string;
beforeEach(() => {
  root = tempDir();
  home = join(root, 'home');
  outside = join(root, 'outside');
  for (const folder of [join(home, 'sessions/s1/flags'), outside]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(outside, 'precious'), 'precious');
  addHome(home);
});

/** What may be in a file's place, and the words for it. */
const KINDS: [kind: string, make: (path: string) => void][] = [
  ['a named pipe', (path) => execFileSync('mkfifo', [path])],
  ['a folder', (path) => mkdirSync(path)],
  ['a link', (path) => symlinkSync(join(outside, 'precious'), path)],
  ['a link', (path) => symlinkSync('/dev/zero', path)],
  ['a link', (path) => symlinkSync('nowhere', path)],
];

describe.each(KINDS)('%s in the place of a file', (kind, make) => {
  test('is neither read nor written, and no call waits', () => {
    const path = join(home, 'settings.json');
    make(path);
    expect(() => readText(path)).toThrow(`${path} is ${kind}, not a file`);
    for (const flags of [constants.O_RDWR, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT])
      expect(() => openFile(path, flags)).toThrow(`${path} is ${kind}, not a file`);
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('precious');
    expect(readdirSync(outside)).toEqual(['precious']);
  });
});

test('a file of a repository or a person may be a link to a file, but to nothing else', () => {
  const path = join(root, 'settings.json');
  symlinkSync(join(outside, 'precious'), path);
  expect(readLinkedBytes(path).toString()).toBe('precious');
  for (const target of ['/dev/zero', outside]) {
    rmSync(path);
    symlinkSync(target, path);
    expect(() => readLinkedBytes(path)).toThrow(`${path} is a link to a ${target === outside ? 'folder' : 'device'}`);
  }
});

test('a file that is too large is not read', () => {
  const path = join(home, 'settings.json');
  writeFileSync(path, '');
  truncateSync(path, 2 ** 30);
  expect(() => readText(path)).toThrow('has 1073741824 bytes, and 1048576 are the most that is read');
  expect(() => readLinkedBytes(path)).toThrow('has 1073741824 bytes');
});

test('a file with a second name elsewhere is read, but not written', () => {
  const path = join(home, 'events.jsonl');
  linkSync(join(outside, 'precious'), path);
  expect(readText(path)).toBe('precious');
  expect(() => openFile(path, constants.O_WRONLY | constants.O_APPEND)).toThrow('with a second name elsewhere');
});

test('nothing is listed, read, written, made or removed through a link below a home', () => {
  const flags = join(home, 'sessions/s1/flags');
  rmSync(flags, { recursive: true });
  symlinkSync(outside, flags);
  const path = join(flags, 'precious');
  expect(namesIn(flags)).toEqual([]);
  const attempts = [
    () => readText(path),
    () => openFile(join(flags, 'new'), constants.O_WRONLY | constants.O_CREAT),
    () => writeFileAtomic(path, 'x'),
    () => makeFolder(join(flags, 'folder')),
    () => removeFile(path),
    () => removeFileIfAny(path),
    () => removeTree(path),
  ];
  for (const attempt of attempts) expect(attempt).toThrow(`${flags} is a link, not a folder`);
  expect(readdirSync(outside)).toEqual(['precious']);
  // of the link itself only the link
  removeTree(flags);
  expect([existsSync(flags), readdirSync(outside)]).toEqual([false, ['precious']]);
});

test('a home may be a link, and a session may be a link to another one beside it, but to nothing else', () => {
  const linked = join(root, 'linked');
  symlinkSync(home, linked);
  addHome(linked);
  writeFileSync(join(home, 'sessions/s1/session.json'), '{}');
  symlinkSync('s1', join(home, 'sessions/s2'));
  expect(readText(join(linked, 'sessions/s2/session.json'))).toBe('{}');
  symlinkSync(outside, join(home, 'sessions/s3'));
  symlinkSync('s4', join(home, 'sessions/s4'));
  for (const session of ['s3', 's4'])
    expect(() => readText(join(linked, `sessions/${session}/precious`))).toThrow('is a link, not a folder');
});

test('an open file comes with its facts', () => {
  const path = join(home, 'a');
  writeFileSync(path, 'abc');
  const { fd, stats } = openFile(path);
  closeSync(fd);
  expect(stats.size).toBe(3);
});

test('of a folder of very many names only the first ones are read', () => {
  const folder = join(tempDir(), 'many');
  mkdirSync(folder);
  const make = (from: number, to: number): void => {
    for (let i = from; i < to; i++) writeFileSync(join(folder, `${i}-${'x'.repeat(240)}`), '');
  };
  make(0, 100);
  expect(namesIn(folder, 50)).toHaveLength(100);
  // until the folder itself is large, which a file system may count otherwise
  for (let from = 100; lstatSync(folder).size <= 1 << 20; from += 500) make(from, from + 500);
  expect(namesIn(folder, 50)).toHaveLength(50);
  expect(entriesIn(folder, 50)).toHaveLength(50);
  expect(namesIn(folder).length).toBeGreaterThan(1000);
});
