import { expect, test } from 'vitest';
import { gitBashPath, nativePath, slashed } from '#core/base/windowsPath.ts';
import { inHome } from '#core/base/realPath.ts';
import { pathName } from '#core/fold/resources.ts';

test.each([
  [String.raw`C:\proj\src\a.ts`, 'C:/proj/src/a.ts'],
  ['c:/proj', 'C:/proj'],
  ['/c/proj/a', 'C:/proj/a'],
  ['/c', 'C:'],
  ['/cygdrive/c', '/cygdrive/c'],
  [String.raw`\\?\c:\proj`, 'C:/proj'],
  [String.raw`\\server\share\a`, '//server/share/a'],
  [String.raw`src\**`, 'src/**'],
])('%s is compared as %s', (path, expected) => expect(slashed(path)).toBe(expected));

test('a path from elsewhere is that of the system', () => {
  expect(nativePath('/c/Users/a/.fermata', 'win32')).toBe(String.raw`C:\Users\a\.fermata`);
  expect(nativePath(String.raw`\\server\share`, 'win32')).toBe(String.raw`\\server\share`);
  expect(nativePath('/c/Users', 'linux')).toBe('/c/Users');
  expect(inHome(String.raw`src\a\b.ts`, 'win32')).toBe('src/a/b.ts');
  expect(inHome(String.raw`src\a`, 'linux')).toBe(String.raw`src\a`);
});

test('Git Bash has the drives below the root', () => {
  expect(gitBashPath(String.raw`C:\Users\Jo Doe\.fermata`, 'win32')).toBe('/c/Users/Jo Doe/.fermata');
  expect(gitBashPath('/home/a', 'linux')).toBe('/home/a');
});

test.each(['c:/proj/src/a.ts', String.raw`C:\proj\src\a.ts`, '/c/proj/src/a.ts', String.raw`src\a.ts`])(
  'in a project on Windows %s has one name',
  (path) => {
    for (const cwd of [String.raw`C:\proj`, 'c:/proj']) expect(pathName(path, { cwd })).toBe('src/a.ts');
  },
);
