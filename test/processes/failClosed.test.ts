import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let stage: HookStage;
beforeEach(async () => {
  stage = new HookStage();
  await stage.fire('SessionStart', { source: 'startup' });
});
afterAll(removeTempDirs);

const call = { tool_name: 'Write', tool_input: { file_path: '/p/a', content: 'x' } };
const payload = (more: object): string => JSON.stringify(stage.payload('PreToolUse', { ...call, ...more }));

/** Payloads that cannot be read, or lack what a verdict depends on. */
const UNREADABLE: [string, () => string | Buffer][] = [
  ['cut', () => '{"trunca'],
  ['nothing', () => ''],
  ['a list', () => '[]'],
  ['17 MB', () => payload({ tool_input: { content: 'x'.repeat(17 << 20) } })],
  ['not UTF-8', () => Buffer.from(payload({ tool_input: { file_path: '/p/\xff' } }), 'latin1')],
  ['a session that is a number', () => payload({ session_id: 5 })],
  ['another event', () => payload({ hook_event_name: 'PostToolUse' })],
  ['an unknown event', () => payload({ hook_event_name: 'Nova' })],
  ['a tool without a name', () => payload({ tool_name: null })],
  ['a list as the input', () => payload({ tool_input: [] })],
  ['no input', () => payload({ tool_input: undefined })],
];

describe('with the setting failClosed', () => {
  beforeEach(() => {
    // for all that Fermata knows a block on another tool stands, so the gate starts the hook program
    publish(stage.dir, Date.now(), { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, match: { tool: 'Other' } });
    writeFileSync(homePaths(stage.home).failClosed, '');
  });

  test.each(UNREADABLE)('%s is refused, with the way out', async (_name, bytes) => {
    const { code, stderr } = await stage.run('PreToolUse', bytes());
    expect(code).toBe(2);
    expect(stderr).toContain('failClosed');
    expect(stderr).toContain(join(stage.home, 'fail-closed'));
  });

  test('no standard input at all is refused', () => {
    const result = stage.runVia(['sh', '-c', 'exec "$0" PreToolUse 60 <&-', stage.gate], '', { cwd: stage.project });
    expect(result.code).toBe(2);
  });

  test('what is understood passes, and so does an odd field that no verdict depends on', async () => {
    expect(await stage.run('PreToolUse', payload({}))).toMatchObject({ code: 0, stdout: '' });
    expect(await stage.run('PreToolUse', payload({ agent_id: null, cwd: 5 }))).toMatchObject({ code: 0, stdout: '' });
  });

  test('other events refuse nothing for it', async () => {
    expect(await stage.run('PostToolUse', '{"cut')).toMatchObject({ code: 0, stdout: '' });
    expect(await stage.run('UserPromptSubmit', '{"cut')).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('without it', () => {
  const block = {
    t: 'hook',
    worker: 'W1',
    event: 'PreToolUse',
    exit: 2,
    stderr: 'not now',
    match: { tool: 'Write' },
  } as const;
  beforeEach(() => publish(stage.dir, Date.now(), block));

  test.each(UNREADABLE.slice(0, 4))('%s passes and is logged', async (_name, bytes) => {
    expect(await stage.run('PreToolUse', bytes())).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(stage.errorLog).toContain('nothing was blocked');
  });

  test.each([
    ['the input', { tool_input: [] }],
    ['the event', { hook_event_name: null }],
    ['the folder', { cwd: {} }],
    ['the agent', { agent_id: 7 }],
    ['the mode and the model', { permission_mode: [], model: {} }],
  ])('a block on the tool holds though %s is of another type', async (_name, odd) => {
    expect((await stage.run('PreToolUse', payload(odd))).stdout).toContain('not now');
  });

  test.each([
    ['bytes that are not UTF-8', () => Buffer.from(payload({ tool_input: { file_path: '/p/\xff' } }), 'latin1')],
    ['UTF-16', () => Buffer.from(`\ufeff${payload({})}`, 'utf16le')],
    [
      'an input that nests deep',
      () => payload({}).replace('"content":"x"', `"content":${'['.repeat(50_000)}${']'.repeat(50_000)}`),
    ],
  ])('it holds in a payload of %s', async (_name, bytes) => {
    expect((await stage.run('PreToolUse', bytes())).stdout).toContain('not now');
  });
});
