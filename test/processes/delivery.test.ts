import { execFileSync, spawn } from 'node:child_process';
import { constants, openSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { publish } from '#core/session/publish.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const TEXT = 'the one thing that matters';
const call = { tool_name: 'Read', tool_input: { file_path: '/a' }, tool_response: {} };
let stage: HookStage;

beforeEach(async () => {
  stage = new HookStage();
  await stage.start();
  publish(stage.dir, Date.now(), { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: TEXT });
});

const count = (t: string): number => stage.events.filter((event) => event['t'] === t).length;
const context = async (): Promise<string> => JSON.stringify(await stage.answer('PostToolUse', call));

/** A hook whose standard output is this file descriptor. */
function startHook(stdout: number | 'pipe') {
  const child = spawn(stage.gate, ['PostToolUse', '60'], {
    cwd: stage.project,
    env: stage.env,
    stdio: ['pipe', stdout, 'pipe'],
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(JSON.stringify(stage.payload('PostToolUse', call)));
  return child;
}

test('a hook that is killed between its claim and its print loses nothing', async () => {
  const full = join(stage.root, 'full');
  execFileSync('mkfifo', [full]);
  const fd = openSync(full, constants.O_RDWR | constants.O_NONBLOCK);
  // a full pipe, into which nobody can print
  try {
    for (;;) writeSync(fd, Buffer.alloc(4096));
  } catch {
    // it is full
  }
  const hook = startHook(fd);
  await waitFor(() => count('claim') === 1, { describe: 'the claim' });
  // while that hook lives, another one leaves it alone
  expect(await context()).toBe('{}');
  hook.kill('SIGKILL');
  await once(hook, 'exit');
  expect(count('delivered')).toBe(0);
  expect(await context()).toContain(TEXT);
  expect(await context()).toBe('{}');
  expect([count('claim'), count('delivered')]).toEqual([2, 1]);
});

test('a hook whose answer nobody reads delivers nothing, and is no failure', async () => {
  const hook = startHook('pipe');
  hook.stdout?.destroy();
  expect(await once(hook, 'exit')).toEqual([0, null]);
  expect(count('delivered')).toBe(0);
  expect(await context()).toContain(TEXT);
});

test('of several hooks at once one delivers it', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => context()));
  expect(answers.filter((text) => text.includes(TEXT))).toHaveLength(1);
  expect(count('delivered')).toBe(1);
});

test('of a hundred pieces of information all reach Claude, in their order', async () => {
  publish(
    stage.dir,
    Date.now(),
    ...Array.from({ length: 100 }, (_, i) => ({
      t: 'hook' as const,
      worker: `W${i}`,
      event: 'PostToolUse',
      exit: 0,
      message: `<${i}>`.padEnd(150, '.'),
    })),
  );
  let told = '';
  for (let calls = 0; calls < 4; calls++) told += await context();
  const numbers = [...told.matchAll(/<(\d+)>/g)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(await context()).toBe('{}');
});

test('a call that a plugin of Claude Code makes delivers nothing: the next one does, once', async () => {
  const ofPlugin = { ...call, tool_use_id: 'toolu_plugin_080dda7bdf7a4b389d16e8fda42b7899' };
  expect(JSON.stringify(await stage.answer('PostToolUse', ofPlugin))).not.toContain(TEXT);
  expect(count('claim')).toBe(0);
  expect(await context()).toContain(TEXT);
  expect(await context()).not.toContain(TEXT);
});
