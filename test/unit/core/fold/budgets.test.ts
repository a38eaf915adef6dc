import { describe, expect, test } from 'vitest';
import { reachedLimits } from '#core/fold/reachedLimits.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { activeBlocks, canHold } from '#core/policy/activeBlocks.ts';
import { boardOf } from '#core/projection/board.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, started, T0 } from './world.ts';

const budget = (until: string, match?: object): object => {
  return { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'Spent.', until, match };
};
const agent = (worker: string): object => ({ t: 'spawn', worker, kind: 'subagent', parent: 'conductor', task: worker });
const used = (worker: string | undefined, tokens: number): object => {
  return { t: 'usage', worker, inputTokens: tokens - 10, outputTokens: 10, source: 'transcript' };
};
const raise = (sum: string, more: object = {}): object => ({
  t: 'unblock',
  block: 'B1',
  by: 'user',
  budget: sum,
  ...more,
});
const NOW = T0 + 60_000;

const reached = (state: SessionState, by = 'conductor', now = NOW): string[] =>
  reachedLimits(state, state.blocks.get('B1') ?? expect.fail(), { agent: by }, now);

describe('tokens', () => {
  test('of a session are those of Claude and of all its agents, with their source and age', () => {
    const events = [budget('budget:2k'), agent('a1'), used(undefined, 1500), used('a1', 400)];
    expect(reached(fold(events))).toEqual([]);
    expect(reached(fold([...events, used('a1', 600)]))).toEqual([
      'This session has spent 2.1k of 2k tokens (from the transcripts, 56 s ago).',
    ]);
  });
  test('of each agent are its own, and only of those that are meant', () => {
    const state = fold([
      budget('budget:1k', { agent: '*' }),
      agent('a1'),
      agent('a2'),
      used('a1', 1000),
      used('a2', 999),
    ]);
    expect(reached(state, 'a1')).toEqual(['A1 has spent 1k of 1k tokens (from its transcript, 57 s ago).']);
    expect(reached(state, 'a2')).toEqual([]);
    const blocks = (agentId?: string): number =>
      activeBlocks(state, { event: 'PreToolUse', role: 'conductor', root: '/', ...(agentId && { agentId }) }, NOW)
        .length;
    expect([blocks('a1'), blocks('a2'), blocks()]).toEqual([1, 0, 0]);
  });
  test('what no source reports is not known, and holds nothing', () => {
    expect(reached(fold([budget('budget:1k')]))).toEqual([]);
    expect(reached(fold([budget('budget:$1'), used(undefined, 5000)]))).toEqual([]);
  });
  test('of a rule’s guard are those of its run, for its own workers', () => {
    const guarded = started(2, { guard: [{ event: 'PreToolUse', until: 'budget:1k', reason: 'spent' }] });
    const state = fold([...guarded, used('W1', 700), used('W2', 700)]);
    const texts = (role: string): string[] =>
      activeBlocks(state, { event: 'PreToolUse', role, root: '/' }, NOW).map(({ text }) => text);
    expect(texts('W1').join()).toContain('1.4k of 1k tokens');
    expect(texts('conductor')).toEqual([]);
  });
});

test('of a run are what its workers spend together, with agents that they start held too, and no others', () => {
  const state = fold([
    ...started(2),
    { t: 'plan', run: 'R2', sha256: 'x', workers: [{ worker: 'W3', task: 'other' }] },
    { ...agent('a1'), parent: 'W1' },
    budget('budget:1k', { run: 'R1' }),
    used('W1', 700),
    used('W2', 200),
    used('W3', 5000),
    used(undefined, 5000),
  ]);
  const texts = (role: string, agentId?: string): string =>
    activeBlocks(state, { event: 'PreToolUse', role, root: '/', ...(agentId && { agentId }) }, NOW)
      .map(({ text }) => text)
      .join();
  const view = (): string[] => {
    const { blocks } = toViewModel(state, { now: NOW, silentSeconds: 60, id: 's', live: true });
    return blocks.map(({ reason, concerns }) => `${reason} ${concerns}`);
  };
  expect(texts('W1')).toBe('');
  expect(view()[0]).toContain('The run task W1 has spent 900 of 1k tokens');
  expect(view()[0]).toContain('every tool call by task W1');
  fold([used('W2', 400)], state, 20);
  for (const held of [texts('W1'), texts('W2'), texts('W1', 'a1')]) expect(held).toContain('1.1k of 1k tokens');
  expect([texts('W3'), texts('conductor'), texts('conductor', 'other')]).toEqual(['', '', '']);
  fold([raise('2k')], state, 21);
  expect(texts('W1')).toBe('');
});

test('dollars are those that a source reports for the session, and the rest of what it knows stays', () => {
  const state = fold([
    budget('budget:$5'),
    { t: 'usage', costUsd: 5.2, contextTokens: 7, source: 'Claude Code' },
    used(undefined, 100),
  ]);
  expect(reached(state)).toEqual(['This session has spent $5.20 of $5 (from Claude Code, 59 s ago).']);
  expect(state.conductor.usage).toMatchObject({ costUsd: 5.2, contextTokens: 7, source: 'Claude Code' });
});

test('time counts from the start of the agent, by the clock that is handed in', () => {
  const state = fold([budget('budget:30m', { agent: '*' }), agent('a1')]);
  const start = T0 + 1000;
  expect(reached(state, 'a1', start + 1_799_000)).toEqual([]);
  expect(reached(state, 'a1', start + 1_800_000)).toEqual([
    'A1 has spent 30 min of 30 min (from the session’s log, now).',
  ]);
});

describe('a new sum', () => {
  const spent = [budget('budget:1k'), used(undefined, 1500)];
  test('of the person lets calls go on until it is spent, too, also from a snapshot', () => {
    const state = fold([...spent, raise('2k')]);
    expect(state.blocks.get('B1')?.ended).toBeUndefined();
    expect(reached(state)).toEqual([]);
    const again = decodeState(encodeState(state)) ?? expect.fail();
    expect(reached(fold([used(undefined, 2500)], again, 3))).toHaveLength(1);
  });
  test.each([
    ['of another kind', raise('1h')],
    ['of a worker', raise('2k', { by: 'W1' })],
    ['that is none', raise('2')],
  ])('%s changes nothing, and does not end the block', (_, event) => {
    const state = fold([...spent, event]);
    expect(reached(state)).toHaveLength(1);
    expect(state.blocks.get('B1')?.ended).toBeUndefined();
  });
  test('of one agent is that of it alone', () => {
    const state = fold([
      budget('budget:1k', { agent: '*' }),
      agent('a1'),
      agent('a2'),
      used('a1', 1500),
      used('a2', 1500),
      raise('4k', { agent: 'a1' }),
    ]);
    expect([reached(state, 'a1'), reached(state, 'a2')].map(({ length }) => length)).toEqual([0, 1]);
  });
  test('goes with a block that is renewed with other terms', () => {
    const state = fold([{ ...budget('budget:1k'), key: 'k' }, used(undefined, 1500), raise('2k')]);
    expect(reached(fold([{ ...budget('budget:1k'), key: 'k' }], state, 3))).toHaveLength(1);
  });
});

test('the list of blocks shows what is spent of a budget, how fast, and when the rest is', () => {
  const reason = (state: SessionState, now: number): string =>
    toViewModel(state, { now, silentSeconds: 60, id: 's', live: true }).blocks[0]?.reason ?? '';
  const session = { t: 'session', session: 's', cwd: '/p' };
  const state = fold([
    budget('budget:2k'),
    session,
    used(undefined, 100),
    { ...used(undefined, 600), ts: T0 + 240_000 },
  ]);
  expect(reason(state, T0 + 2000 + 5 * 60_000)).toContain(
    '600 of 2k tokens (from the transcripts, 62 s ago). That is 100 tokens a minute over the last ten; at this rate the rest is spent in 14 min.',
  );
  // what was spent a while ago is no rate of now
  expect(reason(state, T0 + 20 * 60_000)).not.toContain('a minute');
  expect(reason(state, T0 + 5000)).not.toContain('a minute');
  expect(reason(fold([budget('budget:$5')]), NOW)).toContain('is not known yet');
  const agents = fold([
    budget('budget:1k', { agent: '*' }),
    agent('a1'),
    agent('a2'),
    used('a1', 300),
    used('a2', 600),
  ]);
  expect(
    reason(agents, T0 + 5000)
      .split('\n')
      .map((line) => line.slice(0, 12)),
  ).toEqual(['Spent.', 'A2 has spent', 'A1 has spent']);
});

test('the Board has the budget of which most is spent in the row of its session', () => {
  const line = (state: SessionState, now: number): string | undefined => {
    const view = toViewModel(state, { now, silentSeconds: 60, id: 's', live: true });
    return boardOf([view], { now, dayStartTs: 0, seenTs: () => undefined }).groups.done[0]?.budget;
  };
  const session = { t: 'session', session: 's', cwd: '/p' };
  const own = fold([budget('budget:2k'), session, used(undefined, 100), { ...used(undefined, 600), ts: T0 + 240_000 }]);
  expect(line(own, T0 + 2000 + 5 * 60_000)).toBe('600 of 2k spent, 100 a minute, the rest in about 14 min');
  const agents = [
    budget('budget:1k', { agent: '*' }),
    session,
    agent('a1'),
    agent('a2'),
    used('a1', 300),
    used('a2', 600),
  ];
  expect(line(fold(agents), T0 + 6000)).toBe('a2: 600 of 1k spent');
  expect(line(fold([budget('budget:$5'), session]), NOW)).toBeUndefined();
  expect(line(fold([session]), NOW)).toBeUndefined();
});

test('the panel shows the held call with what was spent, as one that needs the person, and the next sum', () => {
  const held = { t: 'held', block: 'B1', tool: 'Bash', call: 'c1', id: 'h1', limitMs: 60_000 };
  const state = fold([budget('budget:1k'), used(undefined, 4500), held]);
  const view = toViewModel(state, { now: NOW, silentSeconds: 60, id: 's', live: true });
  const [call] = view.calls;
  expect(call?.reasons[0]).toMatchObject({ needsYou: true, allow: { sum: '8k' } });
  expect(call?.reasons[0]?.text).toContain('4.5k of 1k tokens');
  expect(canHold(state, state.blocks.get('B1') ?? expect.fail())).toBe(true);
});
