import { expect, test } from 'vitest';
import { activeBlocks, type CallContext } from '#core/policy/activeBlocks.ts';
import type { SeenCall } from '#protocol/state.ts';
import { fold, started, T0 } from '#test/unit/core/fold/world.ts';

const limit = (until: string | string[], more: object = {}): object => ({
  t: 'hook',
  worker: 'user',
  event: 'PreToolUse',
  exit: 2,
  message: 'not so many',
  until,
  ...more,
});
const agent = (worker: string, more: object = {}): object => ({
  t: 'spawn',
  worker,
  kind: 'subagent',
  parent: 'conductor',
  ...more,
});
const launch = (call: string): object => ({ t: 'launch', call });
const from = (call: string, more: Partial<CallContext> = {}): CallContext => ({
  event: 'PreToolUse',
  role: 'conductor',
  root: '/p',
  seen: (): SeenCall => ({ call, tool: 'Agent' }),
  call: { tool: 'Agent', input: {}, cwd: '/p' },
  ...more,
});
const texts = (log: object[], context = from('c1')): string[] =>
  activeBlocks(fold([...started(1), ...log]), context, T0 + 10_000).map(({ text }) => text);

const REACHED = 'not so many\n1 agent at work (a1); at most 1 may be at once.';

test('a cap concerns a call once it is reached, with what has reached it', () => {
  expect(texts([limit('agents:1')])).toEqual([]);
  expect(texts([limit('agents:1'), agent('a1')])).toEqual([REACHED]);
  expect(texts([limit('agents:2'), agent('a1')])).toEqual([]);
});

test('a cap concerns a call that nobody looked at as well', () => {
  const { seen: _, ...unseen } = from('c1');
  expect(texts([limit('agents:1'), agent('a1')], unseen)).toEqual([REACHED]);
});

test('calls at the same time count in the order of the log', () => {
  const log = [limit('agents:1'), launch('c1'), launch('c2')];
  expect(texts(log, from('c1'))).toEqual([]);
  expect(texts(log, from('c2'))).toHaveLength(1);
});

test('how deep agents start agents is judged of the one that calls', () => {
  const log = [limit('depth:2'), agent('a1'), agent('a2', { parent: 'a1' })];
  expect(texts(log)).toEqual([]);
  expect(texts(log, from('c1', { agentId: 'a1' }))).toEqual([]);
  expect(texts(log, from('c1', { agentId: 'a2' }))).toHaveLength(1);
});

test('beside a limit, what else a block waits for holds every call until it is met', () => {
  const log = [limit(['agents:1', 'done:W1'])];
  expect(texts(log)).toEqual(['not so many']);
  const done = { t: 'exit', worker: 'W1', code: 0 };
  expect(texts([...log, done])).toEqual([]);
  expect(texts([...log, done, agent('a1')])).toHaveLength(1);
});

test('a block without a limit concerns every call as it is', () => {
  expect(texts([limit('done:W1')])).toEqual(['not so many']);
});
