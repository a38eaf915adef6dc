import { linkSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { matches } from '#core/policy/match/match.ts';
import { publishedPath, publishedResource } from '#core/session/publishedPath.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { fold } from '#test/unit/core/fold/world.ts';

// One file of a project in all the ways in which it can be written, and what is nearly it.

afterAll(removeTempDirs);

const FILE = 'src/a.ts';
let outer: string;
let root: string;
beforeAll(() => {
  outer = realpathSync.native(tempDir());
  root = join(outer, 'p');
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  mkdirSync(join(root, 'other'));
  mkdirSync(join(outer, 'worktree/src'), { recursive: true });
  writeFileSync(join(root, FILE), 'a');
  writeFileSync(join(root, 'src/b.ts'), 'b');
  writeFileSync(join(root, 'src/caf\u00e9.ts'), 'c');
  writeFileSync(join(outer, 'worktree', FILE), 'a');
  symlinkSync('a.ts', join(root, 'src/link.ts'));
  symlinkSync('link.ts', join(root, 'src/link2.ts'));
  symlinkSync('src', join(root, 'lnk'));
  symlinkSync('src/deep', join(root, 'into'));
  symlinkSync('..', join(root, 'src/up'));
  symlinkSync(root, join(outer, 'q'));
  symlinkSync('new.ts', join(root, 'src/dangling.ts'));
  linkSync(join(root, FILE), join(root, 'other/hard.ts'));
});

function withFrom(rows: [path: string, from?: string][]): [string, string][] {
  return rows.map(([path, from = '.']) => [path, from]);
}

/** Spellings that a person, a program or somebody with bad intentions could use, from the project or from `from`. */
const SPELLINGS = withFrom([
  ['src/a.ts'],
  ['./src/a.ts'],
  ['././src/./a.ts'],
  ['src//a.ts'],
  ['src///a.ts'],
  ['src/../src/a.ts'],
  ['src/deep/../a.ts'],
  ['src/new/../a.ts'],
  ['new/../src/a.ts'],
  ['src/b.ts/../a.ts'],
  ['other/../src/a.ts'],
  ['../p/src/a.ts'],
  ['../../../../../../../../../../{root}/src/a.ts'],
  ['lnk/a.ts'],
  ['lnk//a.ts'],
  ['./lnk/./a.ts'],
  ['lnk/link.ts'],
  ['lnk/deep/../a.ts'],
  ['lnk/../src/a.ts'],
  ['into/../a.ts'],
  ['into/../../src/a.ts'],
  ['src/up/src/a.ts'],
  ['src/up/lnk/a.ts'],
  ['src/up/src/up/src/a.ts'],
  ['src/link.ts'],
  ['src/link2.ts'],
  ['other/hard.ts'],
  ['lnk/../other/hard.ts'],
  ['a.ts', 'src'],
  ['./a.ts', 'src'],
  ['../src/a.ts', 'src'],
  ['../src/a.ts', 'other'],
  ['../a.ts', 'src/deep'],
  ['../lnk/a.ts', 'other'],
  ['up/src/a.ts', 'src'],
  ['a.ts', 'lnk'],
  ['../a.ts', 'into'],
  ['hard.ts', 'other'],
  ['link.ts', 'src'],
  ['{root}/src/a.ts'],
  ['{root}//src/a.ts'],
  ['/{root}/src/a.ts'],
  ['//{root}/src/a.ts'],
  ['{root}/./src/a.ts'],
  ['{root}/src/../src/a.ts'],
  ['{root}/lnk/a.ts'],
  ['{root}/src/link.ts'],
  ['{root}/into/../a.ts'],
  ['{root}/../p/src/a.ts'],
  ['{outer}/q/src/a.ts'],
  ['{outer}/q/lnk/a.ts'],
  ['{outer}/q/lnk/link2.ts'],
  ['{outer}/q/other/hard.ts'],
  ['{outer}/worktree/../p/src/a.ts'],
  ['{outer}/worktree/../q/src/a.ts'],
  ['/proc/self/root{root}/src/a.ts'],
  ['/proc/thread-self/root{root}/src/a.ts'],
  ['/proc/./self//root{root}/lnk/a.ts'],
  ['/proc/self/cwd/../../../../../../../../../..{root}/src/a.ts'],
  ['~/{home}/src/a.ts'],
  ['~/../../../../../..{root}/src/a.ts'],
  ['src/a.ts/'],
]);

/** What is nearly the file, and another one. */
const NEAR = withFrom([
  ['src/b.ts'],
  ['src/a.tsx'],
  ['src/a.t'],
  ['src/A.ts'],
  ['a.ts'],
  ['src'],
  ['src/a.ts.bak'],
  ['src/aXts'],
  ['other/a.ts'],
  ['a.ts', 'src/deep'],
  ['into/a.ts'],
  ['lnk/../a.ts'],
  ['src/dangling.ts'],
  ['{outer}/worktree/src/a.ts'],
  ['{outer}/src/a.ts'],
  ['{root}x/src/a.ts'],
  ['~/src/a.ts'],
]);

const filled = (text: string): string =>
  text.replace('{root}', root).replace('{outer}', outer).replace('{home}', relative(homedir(), root));

const isHeld = (pattern: string, path: string, from = '.'): boolean =>
  matches({ path: pattern }, { tool: 'Edit', input: { file_path: filled(path) }, cwd: join(root, from) }, root);

describe.runIf(process.platform === 'linux')('of one file', () => {
  test.each(SPELLINGS)('%s (from %s) is held, by its name and by its folder', (path, from) => {
    for (const pattern of [FILE, join(root, FILE), 'lnk/a.ts', './src/link.ts', '.'])
      expect(isHeld(pattern, path, from), pattern).toBe(true);
    // that a hard link elsewhere is a file of the folder could be seen only by reading all of it
    for (const pattern of ['src', 'src/', 'src/*'])
      expect(isHeld(pattern, path, from), pattern).toBe(!path.endsWith('hard.ts'));
  });

  test.each(NEAR)('%s (from %s) is another file', (path, from) => {
    expect(isHeld(FILE, path, from)).toBe(false);
    expect(isHeld('lnk/link.ts', path, from)).toBe(false);
  });

  test.each(SPELLINGS)('%s (from %s), locked or blocked, is what holds the file', (path, from) => {
    const context = { from: join(root, from), project: root };
    const name = publishedPath(filled(path), context);
    expect(isHeld(name, FILE)).toBe(true);
    expect(isHeld(name, 'src/b.ts')).toBe(false);
    // of two hard links each is a name of its own: what they are is seen when a call names one
    if (!path.endsWith('hard.ts')) expect(name).toBe(FILE);
  });

  test.each(SPELLINGS.filter(([path]) => !path.endsWith('hard.ts')))('%s (from %s) is one lock', (path, from) => {
    const resource = publishedResource(`file:${filled(path)}`, { from: join(root, from), project: join(outer, 'q') });
    const state = fold([
      { t: 'session', session: 's', cwd: join(outer, 'q'), realCwd: root },
      { t: 'acquire', worker: 'W1', resource: `file:${FILE}` },
      { t: 'acquire', worker: 'W2', resource, wait: true },
      { t: 'acquire', worker: 'W3', resource: 'file:src', wait: true },
    ]);
    expect([...state.locks.keys()]).toEqual([`file:${FILE}`, 'file:src']);
    expect(state.locks.get(`file:${FILE}`)).toMatchObject({ holders: [{ worker: 'W1' }], queue: [{ worker: 'W2' }] });
    expect(state.locks.get('file:src')).toMatchObject({ holders: [], queue: [{ worker: 'W3' }] });
  });
});

test('globs cover what fits them, through links in the folder before the first wildcard', () => {
  for (const pattern of ['src/*', 'src/**', '**/*.ts', 'lnk/*.ts', '{root}/src/?.ts', './src/[a].ts/../*'])
    expect(isHeld(filled(pattern), 'lnk/a.ts'), pattern).toBe(true);
  for (const pattern of ['src/*.js', '*.ts', 'other/**', 'src/*/a.ts'])
    expect(isHeld(pattern, 'lnk/a.ts'), pattern).toBe(false);
  expect(publishedPath('*.ts', { from: join(root, 'lnk'), project: root })).toBe('src/*.ts');
  expect(publishedPath('**/x', { from: root, project: root })).toBe('**/x');
});

test.each([
  ['file: src/a.ts', 'file:src/a.ts'],
  ['  file:src/a.ts\r\n', 'file:src/a.ts'],
  ['File:lnk/a.ts', 'file:src/a.ts'],
  ['FILE:\tsrc/a.ts ', 'file:src/a.ts'],
  [' db ', 'db'],
  ['File', 'File'],
  ['files:src/a.ts', 'files:src/a.ts'],
])('the resource %j is %s', (resource, name) =>
  expect(publishedResource(resource, { from: root, project: root })).toBe(name),
);

test('what cannot be resolved is held, and at once', () => {
  symlinkSync('circle', join(root, 'circle'));
  const deep = '/a'.repeat(20_000);
  expect(isHeld(FILE, 'circle/a.ts')).toBe(true);
  expect(isHeld(FILE, deep)).toBe(true);
  expect(isHeld(deep, FILE)).toBe(true);
  expect(isHeld(`${deep}/*`, FILE)).toBe(true);
  expect(isHeld('circle/a.ts', FILE)).toBe(true);
});

test.runIf(process.platform === 'linux')('on Linux composed and decomposed letters are two files', () => {
  expect(isHeld('src/caf\u00e9.ts', 'src/cafe\u0301.ts')).toBe(false);
  expect(isHeld('src/caf\u00e9.ts', 'src/caf\u00e9.ts')).toBe(true);
});

test('a path with a zero byte is no reason to fail', () => {
  expect(isHeld(FILE, 'src/a.ts\0')).toBe(false);
  expect(isHeld('src/\0', FILE)).toBe(false);
});
