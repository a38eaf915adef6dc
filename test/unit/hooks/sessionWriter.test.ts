import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { HookEnvironment } from '#hooks/hookContext.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import { append, createLog } from '#core/log/append.ts';
import { armedEntries } from '#core/session/armed.ts';
import { sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

test('a line that was appended unarmed is armed although another hook still removes old entries', async () => {
  const home = join(tempDir(), 'home');
  const dir = sessionDir(home, 's1');
  createLog(dir, T0);
  const environment: HookEnvironment = { home, env: {}, now: () => T0, timeoutSeconds: 60 };
  const call = { tool: 'Read', input: {}, cwd: '/' };
  const callContext = { event: 'PreToolUse', role: 'conductor', root: '/', call } as const;
  const open = (): Promise<SessionWriter> => new SessionWriter(dir, environment).open(async () => undefined);

  publish(dir, T0, { t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 0, message: 'by the way' });
  const first = await open();
  expect(first.claimNotes(first.dueNotes(callContext))).toHaveLength(1);
  first.confirmDelivery();
  const second = await open();
  // with `echo`: appended, and not armed
  append(dir, T0, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' });
  first.refresh();
  // sees the entry of the delivered information, and so no need to make one
  first.close();
  // removes that entry, and had read the log before the block was there
  second.close();
  expect(armedEntries(dir, 'PreToolUse')).not.toEqual([]);
});
