import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog } from '#core/log/append.ts';
import { armedEntries } from '#core/session/armed.ts';
import { publish } from '#core/session/publish.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** A session with a block, whose folder of entries was taken away: as long as there is none, the gate looks at each call. */
function sessionWithoutEntries(): { home: string; dir: string } {
  const home = join(tempDir(), '.fermata');
  const dir = sessionDir(home, 's1');
  createLog(dir, 1);
  publish(dir, 1, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' });
  rmSync(sessionPaths(dir).armed, { recursive: true });
  return { home, dir };
}

test('whoever makes the folder of entries anew arms everything: a block that stands is not passed', () => {
  const { dir } = sessionWithoutEntries();
  publish(dir, 2, { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'half of it' });
  expect(armedEntries(dir, 'PreToolUse')).toHaveLength(1);
});

test('so does a hook that makes it, before it waits for anything', async () => {
  const { home, dir } = sessionWithoutEntries();
  const env = { home, now: () => 2 } as ConstructorParameters<typeof SessionWriter>[1];
  await new SessionWriter(dir, env).open(async () => {});
  expect(armedEntries(dir, 'PreToolUse')).toHaveLength(1);
});
