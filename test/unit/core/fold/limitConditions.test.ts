import { describe, expect, test } from 'vitest';
import { describeCondition, isBlockCondition, isCondition } from '#core/fold/conditions.ts';
import { limitOf } from '#core/fold/limitConditions.ts';
import { reachedLimits, type LimitedCall } from '#core/fold/reachedLimits.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { blockReason } from '#core/policy/reason.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { armedEvents } from '#core/session/armed.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

const AGENT = 'Agent';
const limited = (until: string): object => ({
  t: 'hook',
  worker: 'user',
  event: 'PreToolUse',
  exit: 2,
  message: 'a cap',
  until,
  match: { tool: AGENT },
});
const agent = (worker: string, more: object = {}): object => ({
  t: 'spawn',
  worker,
  kind: 'subagent',
  parent: 'conductor',
  task: `task of ${worker}`,
  command: 'Explore',
  ...more,
});
const launch = (call: string): object => ({ t: 'launch', call, type: 'Explore' });
const SECOND = 1000;
const HOUR = 3_600_000;

function reached(state: SessionState, call: Partial<LimitedCall> = {}, now = T0 + 60 * SECOND): string[] {
  const block = state.blocks.get('B1') ?? expect.fail();
  return reachedLimits(state, block, { agent: 'conductor', ...call }, now);
}

describe('the text of a cap', () => {
  test.each([
    ['agents:4', { kind: 'agents', most: 4 }],
    ['depth:1', { kind: 'depth', most: 1 }],
    ['spawns:20', { kind: 'spawns', most: 20 }],
  ])('%s', (text, limit) => {
    expect(limitOf(text)).toEqual(limit);
    expect([isBlockCondition(text), isCondition(text)]).toEqual([true, false]);
    expect(describeCondition({ text, met: false })).toContain(String(limit.most));
  });
  test.each([
    'agents',
    'agents:',
    'agents:0',
    'agents:-1',
    'agents:1.5',
    'agents:04',
    'agents:10000',
    'agent:1',
    ' agents:1',
  ])('%s is none', (text) => expect(limitOf(text)).toBeUndefined());
});

describe('agents at work', () => {
  test('as many as the cap are reached, named, and no more once one has ended', () => {
    const one = fold([limited('agents:2'), agent('a1')]);
    expect(reached(one)).toEqual([]);
    const two = fold([limited('agents:2'), agent('a1'), agent('a2')]);
    expect(reached(two)).toEqual(['2 agents at work (task of a1, task of a2); at most 2 may be at once.']);
    expect(reached(fold([{ t: 'done', worker: 'a1' }], two, 3))).toEqual([]);
  });
  test('a teammate that waits for a message is not at work', () => {
    const mate = agent('amate-0123456789abcdef', { kind: 'teammate' });
    const state = fold([limited('agents:1'), mate]);
    expect(reached(state)).toHaveLength(1);
    expect(reached(fold([{ t: 'done', worker: 'amate-0123456789abcdef' }], state, 2))).toEqual([]);
  });
  test('calls at the same time count in the order of the log', () => {
    const state = fold([limited('agents:2'), launch('c1'), launch('c2'), launch('c3')]);
    expect(reached(state, { call: 'c1' })).toEqual([]);
    expect(reached(state, { call: 'c2' })).toEqual([]);
    expect(reached(state, { call: 'c3' })).toEqual(['2 agents at work; at most 2 may be at once.']);
  });
  test('a launch is over once an agent has started, once it is refused, and after a minute', () => {
    const state = fold([limited('agents:2'), launch('c1'), launch('c2')]);
    expect(reached(state, { call: 'c9' })).toHaveLength(1);
    expect(reached(state, { call: 'c9' }, T0 + 63 * SECOND)).toEqual([]);
    const refused = fold([{ t: 'denied', block: 'B1', tool: AGENT, call: 'c2' }], state, 3);
    expect(refused.launches?.map(({ call }) => call)).toEqual(['c1']);
    const begun = fold([agent('a1')], refused, 4);
    expect(begun.launches).toBeUndefined();
    expect(reached(begun, { call: 'c9' })).toEqual([]);
  });
  test('a second look at the same call keeps its place', () => {
    const state = fold([limited('agents:2'), launch('c1'), launch('c2'), launch('c1')]);
    expect(state.launches?.map(({ call }) => call)).toEqual(['c1', 'c2']);
  });
});

test('depth: an agent may start agents only so deep', () => {
  const state = fold([limited('depth:2'), agent('a1'), agent('a2', { parent: 'a1' }), agent('a3', { parent: 'a2' })]);
  expect(reached(state)).toEqual([]);
  expect(reached(state, { agent: 'a1' })).toEqual([]);
  expect(reached(state, { agent: 'a2' })).toEqual([
    'This agent would be 3 deep; agents may start agents at most 2 deep.',
  ]);
  const shallow = fold([limited('depth:1')]);
  expect(reached(shallow)).toEqual([]);
  // one whose start is not in the log yet
  expect(reached(shallow, { agent: 'aunknown' })).toHaveLength(1);
});

test('spawns: so many within an hour, also those that have ended', () => {
  const state = fold([limited('spawns:2'), agent('a1'), agent('a2'), { t: 'done', worker: 'a1' }]);
  expect(reached(state, {}, T0 + SECOND + HOUR / 2)).toEqual([
    '2 agents started within the last hour; at most 2 an hour may be, so that the next one may in 30 min.',
  ]);
  expect(reached(state, {}, T0 + SECOND + HOUR)).toEqual([]);
});

test('the block stands while nothing is reached, arms the gate, is in no call of the panel, and is the same from a snapshot', () => {
  const state = fold([limited('agents:1'), agent('a1')]);
  expect(state.blocks.get('B1')?.ended).toBeUndefined();
  expect([...armedEvents(state)]).toEqual(['PreToolUse']);
  const again = decodeState(encodeState(state)) ?? expect.fail();
  expect(reached(again)).toEqual(reached(state));
  const view = (of: SessionState) =>
    toViewModel(of, { now: T0 + 60 * SECOND, silentSeconds: 60, id: 's', live: true }).calls.map((call) => call.state);
  expect(view(state)).toEqual([]);
  const refused = fold([{ t: 'denied', block: 'B1', tool: AGENT, call: 'c1' }], again, 2);
  expect(view(refused)).toEqual(['refused']);
  expect(view(fold([{ t: 'done', worker: 'a1' }], refused, 3))).toEqual([]);
});

test('Claude reads when the call may be made again, and no command that would wait for ever', () => {
  const state = fold([limited('agents:1')]);
  const text = blockReason(state, [...state.blocks.values()], T0, 'fermata');
  expect(text).toContain('may be made again once fewer than 1 agents are at work');
  expect(text).not.toContain('wait clear');
});

test('a worker that should start after a cap can never start', () => {
  const workers = [{ worker: 'W1', after: ['agents:1'] }];
  const state = fold([{ t: 'plan', run: 'R1', sha256: 'x', workers }]);
  expect(state.workers.get('W1')?.state).not.toBe('running');
  expect(isCondition('agents:1')).toBe(false);
});
