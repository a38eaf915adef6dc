import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globsOverlap, splitGlob } from '#core/base/globPath.ts';
import { pathName, resourceName, resourcesOverlap } from '#core/fold/resources.ts';
import { pathGlob } from '#core/policy/match/glob.ts';

const project = { cwd: '/link/p', realCwd: '/real/p' };

describe('the one name of a path', () => {
  test.each([
    ['src/a.ts', 'src/a.ts'],
    ['./src/a.ts', 'src/a.ts'],
    ['src//a.ts', 'src/a.ts'],
    ['src/./a.ts', 'src/a.ts'],
    ['src/b/../a.ts', 'src/a.ts'],
    ['../p/src/a.ts', 'src/a.ts'],
    ['/link/p/src/a.ts', 'src/a.ts'],
    ['/real/p/src/a.ts', 'src/a.ts'],
    ['//real//p/./x/../src/a.ts', 'src/a.ts'],
    ['src/', 'src'],
    ['', '.'],
    ['.', '.'],
    ['/link/p', '.'],
    ['/link/p/', '.'],
    ['/', '/'],
    ['/..', '/'],
    ['../other/a.ts', '/link/other/a.ts'],
    ['/link/project/a.ts', '/link/project/a.ts'],
    ['src/**', 'src/**'],
    ['./src/*.ts', 'src/*.ts'],
    ['packages/*/', 'packages/*/**'],
    ['/other/*/', '/other/*/**'],
    ['./*/../', '**'],
    ['/*/../', '/**'],
    ['/link/p/*/../', '**'],
    ['/real', '/real'],
    ['a/../..', '/link'],
    ['...', '...'],
    ['.git/config', '.git/config'],
    ['a:b/c', 'a:b/c'],
    ['src/a\\b', 'src/a\\b'],
  ])('%s is %s', (path, name) => {
    expect(pathName(path, project)).toBe(name);
    expect(pathName(name, project)).toBe(name);
  });

  test('without a project a path keeps its place, and on Windows both slashes are one', () => {
    expect(pathName('./a/../b', {})).toBe('b');
    expect(pathName('../b', {})).toBe('../b');
    expect(pathName('../../b/../c', {})).toBe('../../c');
    expect(pathName('/a//b', {})).toBe('/a/b');
    expect(pathName('/a/./b', { cwd: '/' })).toBe('/a/b');
    expect(pathName('./a', { cwd: '/' })).toBe('a');
    expect(pathName('/link/p/./a', { cwd: '/link/p' })).toBe('a');
    const windows = { cwd: 'C:\\projects\\p' };
    expect(pathName('src\\a.ts', windows)).toBe('src/a.ts');
    expect(pathName('C:\\projects\\p\\src\\a.ts', windows)).toBe('src/a.ts');
    expect(pathName('C:/projects/other', windows)).toBe('C:/projects/other');
    expect(pathName('..\\other', windows)).toBe('C:/projects/other');
    expect(pathName('D:\\p\\..', windows)).toBe('D:');
    expect(pathName('src\\.\\a', { cwd: 'c:/p', realCwd: 'D:\\real' })).toBe('src/a');
    expect(pathName('D:\\real\\a', { cwd: 'c:/p', realCwd: 'D:\\real' })).toBe('a');
  });

  test('other resources are called what they are called', () => {
    for (const name of ['db', 'port:8080', './db', 'a/../b']) expect(resourceName(name, project)).toBe(name);
    expect(resourceName('file:./a', project)).toBe('file:a');
  });

  test('making a name again changes nothing, whatever the path', () => {
    const path = fc.array(fc.constantFrom('a', 'b', '.', '..', '', '*', '**', 'link', 'p'), { maxLength: 7 });
    fc.assert(
      fc.property(path, fc.boolean(), (names, absolute) => {
        const name = pathName((absolute ? '/' : '') + names.join('/'), project);
        expect(pathName(name, project)).toBe(name);
      }),
      { numRuns: 300 },
    );
  });
});

describe('two files in common', () => {
  test.each([
    ['src', 'src/a.ts', true],
    ['src/a.ts', 'src', true],
    ['src', 'src2/a.ts', false],
    ['src/a.ts', 'src/a.tsx', false],
    ['.', 'src/a.ts', true],
    ['src/**', 'src/a.ts', true],
    ['src/**', 'src', true],
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/a.js', false],
    ['src/*.ts', 'src', true],
    ['src/*.ts', 'src/deep/a.ts', false],
    ['**/*.ts', 'src/**', true],
    ['src/*.ts', 'src/a?.*', true],
    ['src/*.ts', 'src/*.js', false],
    ['/link/p', 'src/a.ts', true],
    ['/link', 'src/a.ts', true],
    ['/', 'src/a.ts', true],
    ['/real', 'src/a.ts', true],
    ['/link/other', 'src/a.ts', false],
    ['/link/**', 'src/a.ts', true],
    ['/other/**', 'src/a.ts', false],
    ['/link/p/src', 'src', true],
    ['/link/p/src/**', 'src/a.ts', true],
    ['/link/p/other', 'src', false],
    ['/link/*/other', 'src', false],
    ['/link/p', '.', true],
    ['/link/p/x', '.', true],
    ['/', '/x', true],
    ['/', '/x/*.ts', true],
    ['.', 'src/*.ts', true],
    ['x', '*.ts', false],
    ['x', 'x/*.ts', true],
    ['x', 'xy/*.ts', false],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(resourcesOverlap(`file:${a}`, `file:${b}`, project)).toBe(expected);
    expect(resourcesOverlap(`file:${b}`, `file:${a}`, project)).toBe(expected);
  });

  test('only files have anything in common but their name', () => {
    expect(resourcesOverlap('db', 'db/x', project)).toBe(false);
    expect(resourcesOverlap('db', 'db', project)).toBe(true);
    expect(resourcesOverlap('src', 'file:src', project)).toBe(false);
    expect(resourcesOverlap('port:8080', 'file:8080', project)).toBe(false);
  });
});

const segment = fc.array(fc.constantFrom('a', 'b', '*', '?'), { minLength: 1, maxLength: 3 }).map((c) => c.join(''));
const glob = fc.array(fc.oneof(segment, fc.constant('**')), { minLength: 1, maxLength: 4 }).map((s) => s.join('/'));
const plain = fc
  .array(fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
  .map((names) => names.map((name) => name.join('')).join('/'));

test('globs that share a path overlap', () => {
  fc.assert(
    fc.property(glob, glob, plain, (a, b, path) => {
      if (pathGlob(a, path) && pathGlob(b, path)) expect(globsOverlap(a, b)).toBe(true);
      expect(globsOverlap(a, path)).toBe(pathGlob(a, path));
      expect(globsOverlap(a, b)).toBe(globsOverlap(b, a));
    }),
    { numRuns: 2000 },
  );
});

test('globs without a path in common do not: of all short paths none fits both', () => {
  const names = ['a', 'b', 'aa', 'ab', 'ba', 'bb'];
  const paths = names.flatMap((x) => [
    x,
    ...names.flatMap((y) => [`${x}/${y}`, ...names.map((z) => `${x}/${y}/${z}`)]),
  ]);
  const short = fc.array(fc.oneof(fc.constantFrom('a', 'a*', '*b', '?', '*', '??'), fc.constant('**')), {
    minLength: 1,
    maxLength: 2,
  });
  fc.assert(
    fc.property(short, short, (x, y) => {
      const [a, b] = [x.join('/'), y.join('/')];
      if (globsOverlap(a, b)) expect(paths.some((path) => pathGlob(a, path) && pathGlob(b, path))).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test('globs too large to be compared overlap, and at once', () => {
  expect(globsOverlap('*a'.repeat(500) + '*', '*b'.repeat(500) + '*')).toBe(true);
  expect(globsOverlap('a/'.repeat(5000), 'b/'.repeat(5000))).toBe(true);
});

test('a glob is a folder and the rest', () => {
  expect(splitGlob('/src/*.ts')).toEqual({ folder: '/src', rest: ['*.ts'] });
  expect(splitGlob('/*')).toEqual({ folder: '/', rest: ['*'] });
  expect(splitGlob('*/a')).toEqual({ folder: '.', rest: ['*', 'a'] });
  expect(splitGlob('src/*/')).toEqual({ folder: 'src', rest: ['*', '**'] });
  expect(splitGlob('src/a.ts')).toEqual({ folder: 'src/a.ts', rest: [] });
});
