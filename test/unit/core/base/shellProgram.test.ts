import { expect, test } from 'vitest';
import { shellArgv } from '#core/base/shellProgram.ts';
import { workerEnv } from '#core/workers/workerEnv.ts';

const env = { SystemRoot: String.raw`C:\Windows` };
const bash = String.raw`C:\Program Files\Git\bin\bash.exe`;

test('a text is run by sh, and on Windows by Git Bash', () => {
  expect(shellArgv('a | b', env, 'linux')).toEqual(['/bin/sh', '-c', 'a | b']);
  expect(shellArgv('a | b', env, 'win32', bash)).toEqual([bash, '-c', 'a | b']);
});

test.each(['npm test', 'echo hi', 'npm run lint && npm test -- --run src/a.test.ts', 'make -j4 CC=gcc'])(
  'without Git Bash cmd.exe runs %j, which means the same to it',
  (text) =>
    expect(shellArgv(text, env, 'win32', undefined)).toEqual([
      String.raw`C:\Windows\System32\cmd.exe`,
      '/d',
      '/s',
      '/c',
      text,
    ]),
);

test.each([
  'echo "$FERMATA_ITEM"',
  "echo 'a b'",
  'a | b',
  'a || b && c',
  'a; b',
  'a & b',
  'X=1 a',
  './gradlew test',
  'a > b',
  'a %PATH%',
  'a\nb',
  '',
])('without Git Bash nothing runs %j', (text) => expect(shellArgv(text, env, 'win32', undefined)).toBeUndefined());

test('a worker has one PATH, whatever capitals its name has on Windows', () => {
  const location = { dir: '/s', home: '/h', worker: 'W1', project: '/p' };
  const made = workerEnv({ Path: 'C:\\x', HOME: '/me' }, {}, location, 'win32');
  expect(Object.keys(made).filter((name) => name.toUpperCase() === 'PATH')).toEqual(['PATH']);
  expect(made['PATH']).toContain('C:\\x');
  expect(workerEnv({ Path: 'x', PATH: '/bin' }, {}, location, 'linux')).toMatchObject({
    Path: 'x',
    PATH: '/h/bin:/bin',
  });
  expect(workerEnv({ PATH: '/bin' }, { PATH: '/own' }, location, 'linux')['PATH']).toBe('/h/bin:/own');
});
