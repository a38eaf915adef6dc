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

test.each([
  ['budget:2M', 'the person allows more than 2M tokens'],
  ['reset:5h:90', 'the limit of five hours begins anew'],
  ['reset:7d', 'the limit of seven days begins anew'],
  ['agents:4', 'fewer than 4 agents are at work'],
  ['depth:2', 'agents start agents at most 2 deep'],
  ['spawns:20', 'fewer than 20 agents were started within an hour'],
])('%s lets calls go on once %s', (text, sentence) => {
  expect(describeCondition({ text, met: false })).toBe(sentence);
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
  test('only agents count, not workers with a process of their own; of many the first six are named', () => {
    const others = [{ t: 'spawn', worker: 'W1', pid: 1 }, agent('run', { kind: 'workflow' })];
    expect(reached(fold([limited('agents:1'), ...others]))).toEqual([]);
    const names = [agent('a1'), agent('a2', { task: undefined }), agent('a3', { task: undefined, command: undefined })];
    const three = fold([limited('agents:1'), ...others, ...names]);
    expect(reached(three)).toEqual(['3 agents at work (task of a1, Explore, a3); at most 1 may be at once.']);
    const few = Array.from({ length: 6 }, (_, i) => agent(`a${i}`, { task: `t${i}` }));
    const of = (...more: object[]): string | undefined => reached(fold([limited('agents:1'), ...few, ...more]))[0];
    expect(of()).toBe('6 agents at work (t0, t1, t2, t3, t4, t5); at most 1 may be at once.');
    expect(of(agent('a6'), launch('c1'))).toBe(
      '8 agents at work (t0, t1, t2, t3, t4, t5, 2 more); at most 1 may be at once.',
    );
    expect(reached(fold([limited('agents:1'), agent('a1')]))).toEqual([
      '1 agent at work (task of a1); at most 1 may be at once.',
    ]);
  });
  test('a start ends the oldest call for an agent of its type, or else the oldest', () => {
    const other = { t: 'launch', call: 'c1', type: 'Plan' };
    const left = (...more: object[]): string[] | undefined =>
      fold([other, launch('c2'), launch('c3'), ...more]).launches?.map(({ call }) => call);
    expect(left(agent('a1'))).toEqual(['c1', 'c3']);
    expect(left(agent('a1', { command: 'unknown' }))).toEqual(['c2', 'c3']);
    // an agent that gets another message starts no other one, and a worker with a process is none
    expect(left(agent('a1'), agent('a1'))).toEqual(['c1', 'c3']);
    expect(left({ t: 'spawn', worker: 'W1', pid: 1, command: 'Explore' })).toEqual(['c1', 'c2', 'c3']);
    // a refusal without a call, or of another one, says nothing of these
    const denied = { t: 'denied', block: 'B1', tool: AGENT };
    expect(left(limited('agents:9'), denied, { ...denied, call: 'c9' })).toEqual(['c1', 'c2', 'c3']);
  });
  test('a call counts for a minute, and the first of very many are dropped', () => {
    const state = fold([limited('agents:1'), launch('c1')]);
    expect(reached(state, {}, T0 + 61 * SECOND)).toHaveLength(1);
    expect(reached(state, {}, T0 + 61 * SECOND + 1)).toEqual([]);
    const many = fold(Array.from({ length: 151 }, (_, i) => launch(`c${i}`)));
    expect(many.launches?.map(({ call }) => call)).toEqual(Array.from({ length: 100 }, (_, i) => `c${i + 51}`));
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

test('depth: a worker with a process begins a line of its own, and agents in a ring are deeper than any limit', () => {
  const ring = [agent('a1', { parent: 'a2' }), agent('a2', { parent: 'a1' })];
  const state = fold([
    limited('depth:1'),
    { t: 'spawn', worker: 'W1', pid: 1 },
    agent('a3', { parent: 'W1' }),
    ...ring,
  ]);
  expect(reached(state, { agent: 'W1' })).toEqual([]);
  expect(reached(state, { agent: 'a3' })).toEqual([
    'This agent would be 2 deep; agents may start agents at most 1 deep.',
  ]);
  expect(reached(state, { agent: 'a1' })).toHaveLength(1);
});

test('a block with several limits holds what has reached any of them, beside what else it waits for', () => {
  const spent = { t: 'usage', inputTokens: 5000, outputTokens: 0 };
  const until = ['done:W9', 'agents:1', 'budget:1k', 'depth:1'];
  const state = fold([{ ...limited(''), until }, agent('a1'), spent]);
  expect(reached(state, { agent: 'a1' }).map((text) => text.split(' ', 2).join(' '))).toEqual([
    '1 agent',
    'This agent',
    'This session',
  ]);
  expect(reached(fold([{ ...limited(''), until }]))).toEqual([]);
});

test('spawns: the next one may start when enough of the latest were an hour ago, launches counted', () => {
  const starts = [0, 20, 40].map((minute, i) => agent(`a${i}`, { ts: T0 + minute * 60 * SECOND }));
  const worker = { t: 'spawn', worker: 'W1', pid: 1, ts: T0 };
  const at = (until: string, ...more: object[]): string | undefined =>
    reached(fold([limited(until), worker, ...starts, ...more]), { call: 'c9' }, T0 + 50 * 60 * SECOND)[0];
  expect(at('spawns:1')).toMatch(
    /^3 agents started .* at most 1 an hour may be, so that the next one may in 50 min\.$/,
  );
  expect(at('spawns:3')).toMatch(/^3 agents started .* in 10 min\.$/);
  expect(at('spawns:4')).toBeUndefined();
  expect(at('spawns:4', { ...launch('c1'), ts: T0 + 50 * 60 * SECOND })).toMatch(/^4 agents started .* in 10 min\.$/);
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
