import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { hangingStage, MACHINES, MachineStage } from '#test/lib/darwin.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);
let stage: MachineStage;
afterEach(() => stage.close());

const lost = (): Promise<boolean> =>
  waitFor(stage.ended, { describe: 'the worker to have ended', timeoutMs: 40_000, intervalMs: 300 });

describe.each(MACHINES)('on %s', (machine) => {
  test.each([
    ['what has left the worker’s process group', 'setsid sleep 300 & echo $! >left;'],
    ['and what has lost its parent besides', '(setsid sleep 300 & echo $! >left);'],
    ['and what ignores the first signal', `setsid sh -c 'trap "" TERM; echo $$ >left; while :; do sleep 1; done' &`],
  ])('abort ends %s', async (_name, start) => {
    stage = new MachineStage(machine);
    const pids = await stage.worker(`${start} echo $$ >pid; exec sleep 300`, 'left', 'pid');
    expect(await stage.fermata('abort', 'W1')).toMatchObject({ code: 0 });
    await stage.gone(pids);
  });

  test('a worker whose runner was killed is taken over, and can be aborted', async () => {
    stage = new MachineStage(machine);
    const pids = await stage.worker('setsid sleep 300 & echo $! >left; echo $$ >pid; exec sleep 300', 'left', 'pid');
    await stage.replaceRunner();
    expect(await stage.fermata('abort', 'W1')).toMatchObject({ code: 0 });
    await stage.gone(pids);
    await lost();
  });

  test('a worker that was killed together with its runner is lost', async () => {
    stage = new MachineStage(machine);
    const pids = await stage.worker('echo $$ >pid; exec sleep 300', 'pid');
    await stage.killRunner();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await stage.gone(pids);
    await lost();
    expect(stage.state().workers.get('W1')).toMatchObject({ state: 'lost' });
  });
});

test.each([
  ['without a ps', ''],
  ['with a ps of busybox', 'exec busybox ps "$@"'],
  [
    'with a ps in another language',
    `/bin/ps "$@" | sed -E 's/ [A-Z][a-z]+ [A-Z][a-z]+ ([ 0-9][0-9]) / So \\1. Nov. /'`,
  ],
  ['with a ps that hangs', 'exec sleep 60'],
  ['with a ps that only complains', 'echo "ps: illegal option" >&2; exit 1'],
])('%s a worker runs, is aborted with its group, and is lost with its runner', async (_name, script) => {
  const ps = join(tempDir(), 'ps');
  writeFileSync(ps, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const variables = { FAKE_PS: script === '' ? '' : ps };
  stage = new MachineStage('darwin', variables);
  const pids = await stage.worker('sleep 300 & echo $! >child; echo $$ >pid; exec sleep 300', 'child', 'pid');
  expect(await stage.fermata('abort', 'W1')).toMatchObject({ code: 0 });
  await stage.gone(pids);

  stage = new MachineStage('darwin', variables);
  const [pid = -1] = await stage.worker('echo $$ >pid; exec sleep 300', 'pid');
  await stage.killRunner();
  process.kill(pid, 'SIGKILL');
  await lost();
});

test('while ps hangs, abort does not report an end that it cannot see', async () => {
  const { stage: hanging, hang } = hangingStage();
  stage = hanging;
  const pids = await stage.worker('echo $$ >pid; exec sleep 300', 'pid');
  await stage.killRunner();
  writeFileSync(hang, '');
  expect(await stage.fermata('abort', 'W1')).toMatchObject({ code: 1, out: '' });
  expect(stage.state().workers.get('W1')?.state).toBe('running');
  rmSync(hang);
  expect(await stage.fermata('abort', 'W1')).toMatchObject({ code: 0, err: '' });
  await stage.gone(pids);
});
