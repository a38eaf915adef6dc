import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import { hangingStage, MachineStage } from '#test/lib/darwin.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// Also on the real machine, and with other kinds of `ps`: test/long/darwin.test.ts.

afterAll(removeTempDirs);
let stage: MachineStage;
afterEach(() => stage.close());

test('on macOS abort ends what has left the worker’s process group', async () => {
  stage = new MachineStage('darwin');
  const pids = await stage.worker('setsid sleep 300 & echo $! >left; echo $$ >pid; exec sleep 300', 'left', 'pid');
  expect(await stage.fermata('abort', 'W1')).toMatchObject({ code: 0, err: '' });
  await stage.gone(pids);
});

test('on macOS a worker whose runner was killed is taken over, and can be aborted', async () => {
  stage = new MachineStage('darwin');
  const pids = await stage.worker('echo $$ >pid; exec sleep 300', 'pid');
  await stage.replaceRunner();
  expect(await stage.fermata('abort', 'W1')).toMatchObject({ code: 0, err: '' });
  await stage.gone(pids);
  await waitFor(stage.ended, { describe: 'the worker to have ended', timeoutMs: 100_000, intervalMs: 300 });
});

test('on macOS a worker that was taken over while ps hangs is ended as soon as that answers', async () => {
  const { stage: hanging, hang, hung } = hangingStage();
  stage = hanging;
  const pids = await stage.worker('echo $$ >pid; exec sleep 300', 'pid');
  await stage.replaceRunner();
  writeFileSync(hang, '');
  stage.publish({ t: 'abort', worker: 'W1', by: 'user' });
  await waitFor(() => existsSync(hung), { describe: 'ps to hang', timeoutMs: 100_000 });
  rmSync(hang);
  await stage.gone(pids);
  await waitFor(stage.ended, { describe: 'the worker to have ended', timeoutMs: 100_000, intervalMs: 300 });
});
