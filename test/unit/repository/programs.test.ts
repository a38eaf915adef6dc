import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';

/** Started in the folder of a session, where a PATH leads to no file of a repository. */
const IN_OWN_FOLDER = ['mkfifo'];

/** The programs that the source starts by a name of its own, not by one that it was given. */
const started = ['src', 'hooks'].flatMap((folder) =>
  readdirSync(join(repoRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(repoRoot, folder, name), 'utf8');
      return [...text.matchAll(/\b(?:spawn|exec|execFile|fork)(?:Sync)?\(\s*['"`]([^'"`$]+)['"`]/g)].map(
        ([, program = '']) => program,
      );
    }),
);

test('programs of the system are started by their absolute path, and git is started nowhere', () => {
  expect(started).toEqual(expect.arrayContaining(['/bin/sh', ...IN_OWN_FOLDER]));
  expect(started.filter((program) => !program.startsWith('/'))).toEqual(IN_OWN_FOLDER);
});
