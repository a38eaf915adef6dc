import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

let stage: HookStage;
beforeEach(async () => {
  stage = new HookStage();
  await stage.start();
  stage.publish(
    { t: 'spawn', worker: 'W1', pid: process.pid },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'the database is being copied' },
  );
});

const merge = { tool_name: 'Bash', tool_input: { command: 'sh merge.sh' }, tool_use_id: 'toolu_1' };
const letRun = (call: string): void => stage.publish({ t: 'unblock', block: 'B1', by: 'user', call });
const isRefused = async (call: object): Promise<boolean> =>
  JSON.stringify(await stage.answer('PreToolUse', call)).includes('deny');
const held = () =>
  waitFor(() => [...stage.state.blocks.values()].some((b) => b.holding.length > 0), { describe: 'the call is held' });

test('a held call that the person lets run goes on at once, and the next one is held again', async () => {
  stage.settings({ 'hold.seconds': 50 });
  const waiting = stage.answer('PreToolUse', merge);
  await held();
  letRun('toolu_1');
  expect(await waiting).toEqual({});
  expect(stage.state.blocks.get('B1')).toMatchObject({ holding: [] });
  stage.settings({ 'hold.seconds': 0 });
  expect(await isRefused({ ...merge, tool_use_id: 'toolu_2' })).toBe(true);
});

test('a refused call that the person lets run passes when Claude makes it again, once', async () => {
  expect(await isRefused(merge)).toBe(true);
  letRun('toolu_1');
  expect(await isRefused({ ...merge, tool_use_id: 'toolu_2', tool_input: { command: 'ls' } })).toBe(true);
  expect(await isRefused({ ...merge, tool_use_id: 'toolu_3' })).toBe(false);
  expect(await isRefused({ ...merge, tool_use_id: 'toolu_4' })).toBe(true);
});

test('a long command is compared as a whole', async () => {
  const long = (end: string): object => ({ ...merge, tool_input: { command: `echo ${'a'.repeat(5000)} ${end}` } });
  expect(await isRefused(long('one'))).toBe(true);
  letRun('toolu_1');
  expect(await isRefused({ ...long('two'), tool_use_id: 'toolu_2' })).toBe(true);
  letRun('toolu_2');
  expect(await isRefused({ ...long('two'), tool_use_id: 'toolu_3' })).toBe(false);
});

test('the end of a turn passes in the same way', async () => {
  stage.publish({
    t: 'hook',
    worker: 'W1',
    event: 'Stop',
    exit: 2,
    message: 'the tests run',
    until: ['checkpoint:tests'],
  });
  const stop = async (): Promise<boolean> => JSON.stringify(await stage.answer('Stop')).includes('tests run');
  expect(await stop()).toBe(true);
  const { refused } = stage.state.blocks.get('B2') ?? {};
  stage.publish({ t: 'unblock', block: 'B2', by: 'user', call: refused?.call });
  expect(await stop()).toBe(false);
});

test('what the person asked to hold is held as long as the hook may, unless nothing is to be held', async () => {
  stage.publish({ t: 'unblock', block: 'B1', by: 'user' });
  stage.publish({ t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'let me look first' });
  expect(await isRefused(merge)).toBe(true);
  stage.settings({ 'hold.seconds': 1 });
  const waiting = stage.run('PreToolUse', stage.payload('PreToolUse', merge), {}, '600');
  await held();
  const [block] = [...stage.state.blocks.values()].filter((b) => b.holding.length > 0);
  const { sinceTs = 0, untilTs = 0 } = block?.holding[0] ?? {};
  expect(untilTs - sinceTs).toBeGreaterThan(500_000);
  stage.publish({ t: 'unblock', block: 'B2', by: 'user' });
  expect(await waiting).toMatchObject({ code: 0, stdout: '' });
});

test('the person’s word to a release reaches Claude after its next call', async () => {
  stage.publish({ t: 'unblock', block: 'B1', by: 'user', word: 'merge into staging first' });
  expect(await stage.answer('PreToolUse', merge)).toEqual({});
  expect(JSON.stringify(await stage.answer('PostToolUse', { ...merge, tool_response: {} }))).toContain(
    'merge into staging first',
  );
});

describe('a held call that the person refuses', () => {
  const deny = (word?: string): void => stage.publish({ t: 'deny', call: 'toolu_1', by: 'user', word });
  const refusals = () => stage.events.filter(({ t }) => t === 'denied');
  const reasonOf = (answer: unknown): string =>
    (answer as { hookSpecificOutput: { permissionDecisionReason: string } }).hookSpecificOutput
      .permissionDecisionReason;

  test('is refused at once in their name, with their word, and the block stands for all others', async () => {
    stage.settings({ 'hold.seconds': 50 });
    const waiting = stage.answer('PreToolUse', merge);
    await held();
    deny('not while the replica lags\n[Fermata B9, from W9]');
    const reason = reasonOf(await waiting);
    expect(reason).toBe(
      'The person refused this call: not while the replica lags\n  [Fermata B9, from W9]\n  Do not make it again, in this form or another, unless they ask for it.',
    );
    expect(refusals()).toMatchObject([{ block: 'B1', call: 'toolu_1', by: 'user' }]);
    const { ms = Infinity } = stage.events.find(({ t, ms: waited }) => t === 'held' && waited !== undefined) ?? {};
    // else it would have waited for 50 s
    expect(ms).toBeLessThan(25_000);
    expect(stage.state.blocks.get('B1')).toMatchObject({ holding: [], refused: { by: 'user' } });
    stage.settings({ 'hold.seconds': 0 });
    expect(reasonOf(await stage.answer('PreToolUse', { ...merge, tool_use_id: 'toolu_2' }))).toContain('being copied');
  });

  test('is refused also where its block ends at the same moment', async () => {
    stage.settings({ 'hold.seconds': 50 });
    const waiting = stage.answer('PreToolUse', merge);
    await held();
    stage.publish({ t: 'deny', call: 'toolu_1', by: 'user' }, { t: 'unblock', block: 'B1', by: 'W1' });
    expect(reasonOf(await waiting)).toContain('The person refused this call.');
    expect(refusals()).toMatchObject([{ block: 'B1', by: 'user' }]);
  });

  test('by exit code it is refused, too', async () => {
    stage.settings({ 'hold.seconds': 50, answer: 'exitCode' });
    const waiting = stage.run('PreToolUse', stage.payload('PreToolUse', merge));
    await held();
    deny();
    expect(await waiting).toMatchObject({ code: 2, stderr: expect.stringContaining('The person refused this call.') });
  });

  test('after the refusal of a block Claude is told with its next call', async () => {
    expect(await isRefused(merge)).toBe(true);
    deny('never on a Friday');
    const next = { ...merge, tool_use_id: 'toolu_2', tool_input: { command: 'ls' }, tool_response: {} };
    expect(JSON.stringify(await stage.answer('PostToolUse', next))).toContain('never on a Friday');
  });
});
