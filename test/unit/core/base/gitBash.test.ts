import { expect, test } from 'vitest';
import { findGitBash, shellOf } from '#core/base/gitBash.ts';

const having =
  (...files: string[]) =>
  (path: string): boolean =>
    files.includes(path);
const git = String.raw`D:\Git`;
const bash = String.raw`D:\Git\bin\bash.exe`;

test.each([
  ['by its variable', { CLAUDE_CODE_GIT_BASH_PATH: bash }, [bash], bash],
  ['beside the git on PATH', { Path: String.raw`C:\x;${git}\cmd` }, [String.raw`${git}\cmd\git.exe`, bash], bash],
  [
    'beside mingw’s git',
    { PATH: String.raw`${git}\mingw64\bin` },
    [String.raw`${git}\mingw64\bin\git.exe`, bash],
    bash,
  ],
  [
    'as sh alone',
    { PATH: String.raw`${git}\cmd` },
    [String.raw`${git}\cmd\git.exe`, String.raw`${git}\usr\bin\sh.exe`],
    String.raw`${git}\usr\bin\sh.exe`,
  ],
  [
    'where it is installed',
    { ProgramFiles: String.raw`C:\Program Files` },
    [String.raw`C:\Program Files\Git\bin\bash.exe`],
    String.raw`C:\Program Files\Git\bin\bash.exe`,
  ],
  [
    'not in the folder one is in',
    { PATH: '.;cmd' },
    ['git.exe', String.raw`cmd\git.exe`, String.raw`bin\bash.exe`],
    undefined,
  ],
  ['not by a variable that leads nowhere', { CLAUDE_CODE_GIT_BASH_PATH: bash }, [], undefined],
])('Git Bash is found %s', (_, env, files, expected) => expect(findGitBash(env, having(...files))).toBe(expected));

test('the shell of a text is that of the call, else the one that Claude has', () => {
  expect(shellOf('PowerShell', {}, 'linux')).toBe('powershell');
  expect(shellOf(undefined, {}, 'linux')).toBe('sh');
  expect(shellOf('Bash', {}, 'win32')).toBe('sh');
  expect(shellOf('Read', {}, 'win32')).toBe('powershell');
  expect(shellOf('Read', { CLAUDE_CODE_GIT_BASH_PATH: String.raw`C:\gone.exe` }, 'win32')).toBe('powershell');
});
