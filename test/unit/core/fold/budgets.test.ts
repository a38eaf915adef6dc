import { describe, expect, test } from 'vitest';
import { nextSum } from '#core/fold/budgets.ts';
import { reachedLimits } from '#core/fold/reachedLimits.ts';
import { samplesOf } from '#core/fold/spent.ts';
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
    const guard = { event: 'PreToolUse', until: 'budget:1k', reason: 'spent' };
    const state = fold([...started(2, { guard: [guard] }), used('W1', 700), used('W2', 700)]);
    const texts = (role: string): string[] =>
      activeBlocks(state, { event: 'PreToolUse', role, root: '/' }, NOW).map(({ text }) => text);
    expect(texts('W1').join()).toContain('1.4k of 1k tokens');
    expect(texts('conductor')).toEqual([]);
    // whichever agents it is for: all of the run together
    const forAgents = fold([...started(1, { guard: [{ ...guard, agent: '*' }] }), used('W1', 1700)]);
    expect(reached(forAgents, 'W1')[0]).toContain('The run task W1 has spent 1.7k of 1k tokens');
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

describe('whose spending it is', () => {
  const course = [
    { t: 'session', session: 's', cwd: '/p', ts: T0 - 540_000 },
    ...started(1),
    { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'W1', command: 'Explore' },
    { t: 'spawn', worker: 'a2', kind: 'subagent' },
  ];
  const text = (until: string, match: object | undefined, by: string, ...more: object[]): string | undefined =>
    reached(fold([budget(until, match), ...course, ...more]), by)[0];
  const EACH = { agent: '*' };

  test.each<[who: string, match: object | undefined, by: string]>([
    ['This session', undefined, 'a1'],
    ['This session', { tool: 'Bash' }, 'W1'],
    ['Claude itself', EACH, 'conductor'],
    ['Task W1', EACH, 'W1'],
    ['Explore', EACH, 'a1'],
    ['A2', EACH, 'a2'],
    // of a run and of each agent: that of each one
    ['Explore', { agent: '*', run: 'R1' }, 'a1'],
    ['The run task W1', { run: 'R1' }, 'a1'],
  ])('%s: a block of %j at a call of %s', (who, match, by) => {
    const all = ['W1', 'a1', 'a2', undefined].map((worker) => used(worker, 1000));
    expect(text('budget:1k', match, by, ...all)?.startsWith(`${who} has spent`)).toBe(true);
    expect(text('budget:1s', match, by)?.startsWith(`${who} has spent`)).toBe(true);
  });

  test.each<[spent: string, match: object | undefined, by: string]>([
    ['10 min', undefined, 'a1'],
    ['10 min', EACH, 'conductor'],
    ['58 s', EACH, 'W1'],
    ['59 s', { run: 'R1' }, 'W1'],
  ])('%s of time: a block of %j at a call of %s', (spent, match, by) => {
    const events = [...course.slice(0, 1), { ...started(1)[0], ts: T0 + 1000 }, { ...started(1)[1], ts: T0 + 2000 }];
    const state = fold([...events, budget('budget:1s', match)]);
    expect(reached(state, by)[0]).toContain(`has spent ${spent} of 1 s (from the session’s log, now)`);
    // by a clock that is behind none has passed
    expect(reached(state, by, T0 - 3_600_000)).toEqual([]);
  });

  test('nothing is known of an agent that has not begun, of dollars of one agent, nor of a run that is none of the caller’s', () => {
    expect(text('budget:1s', EACH, 'unknown')).toBeUndefined();
    expect(text('budget:1k', EACH, 'unknown', used('a1', 5000))).toBeUndefined();
    expect(text('budget:$1', EACH, 'a1', { t: 'usage', costUsd: 5 })).toBeUndefined();
    expect(text('budget:1s', { run: 'R1' }, 'a2')).toBeUndefined();
    expect(text('budget:1s', { run: 'R9' }, 'W1')).toBeUndefined();
  });
});

test.each<[sources: (string | undefined)[], of: object | undefined, text: string]>([
  [['transcript'], { agent: '*' }, 'its transcript'],
  [['transcript', 'transcript'], undefined, 'the transcripts'],
  [['SDK', 'transcript'], undefined, 'transcripts and SDK'],
  [['SDK', 'SDK'], undefined, 'SDK'],
  [[undefined, 'transcript'], undefined, 'transcripts and reports'],
  [['SDK'], { agent: '*' }, 'SDK'],
])('tokens that %j have counted are from them, at the time of the latest: %#', (sources, match, text) => {
  const counts = sources.map((source, i) => ({
    ...used(i === 0 ? 'a1' : undefined, 1000),
    source,
    ts: T0 + i * 10_000,
  }));
  const age = 60 - (sources.length - 1) * 10;
  const state = fold([budget('budget:1k', match), agent('a1'), ...counts.toReversed()]);
  expect(reached(state, 'a1')[0]).toContain(`(from ${text}, ${age} s ago)`);
});

test('the cost without a source is from a report', () => {
  expect(reached(fold([budget('budget:$5'), { t: 'usage', costUsd: 5 }]))).toEqual([
    'This session has spent $5 of $5 (from a report, 59 s ago).',
  ]);
  const just = fold([budget('budget:$5'), { t: 'usage', costUsd: 5, ts: NOW - 999 }]);
  expect(reached(just)[0]).toContain('(from a report, now)');
  expect(reached(just, 'conductor', NOW + 1)[0]).toContain('(from a report, 1 s ago)');
});

test('how spending came together is known of each agent, of a run and of the session', () => {
  const state = fold([
    ...started(2),
    { ...agent('a1'), ts: T0 + 3000 },
    { ...used('W1', 100), ts: T0 + 5000 },
    { ...used('a1', 200), ts: T0 + 3000 },
    { ...used(undefined, 300), ts: T0 + 7000 },
    { t: 'usage', costUsd: 2, ts: T0 + 8000 },
  ]);
  // an agent begins with nothing; Claude may go on with an older transcript
  const [w1, a1, own] = [
    [
      [T0 + 1000, 0],
      [T0 + 5000, 100],
    ],
    [[T0 + 3000, 200]],
    [[T0 + 7000, 300]],
  ];
  const of = (spender: Parameters<typeof samplesOf>[1], unit: 'tokens' | 'usd' = 'tokens') =>
    samplesOf(state, spender, unit);
  expect(of({ kind: 'agent', id: 'W1' })).toEqual([w1]);
  expect(of({ kind: 'agent', id: 'conductor' })).toEqual([own]);
  expect(of({ kind: 'agent', id: 'unknown' })).toEqual([[]]);
  expect(of({ kind: 'run', run: 'R1' })).toEqual([w1, []]);
  expect(of({ kind: 'run', run: 'R9' })).toEqual([]);
  expect(of({ kind: 'session' })).toEqual([own, w1, [], a1]);
  expect(of({ kind: 'session' }, 'usd')).toEqual([[[T0 + 8000, 2]]]);
  expect(of({ kind: 'agent', id: 'W1' }, 'usd')).toEqual([]);
  expect(samplesOf(fold([]), { kind: 'session' }, 'tokens')).toEqual([[]]);
  expect(samplesOf(fold([]), { kind: 'session' }, 'usd')).toEqual([[]]);
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
  test('takes the place of the last one of its kind, and leaves those of other kinds and agents', () => {
    const two = { ...budget('budget:1k'), until: ['budget:1k', 'budget:$1'] };
    const state = fold([two, used(undefined, 1500), { t: 'usage', costUsd: 3 }, raise('4k'), raise('$9'), raise('1k')]);
    expect(reached(state)).toEqual([expect.stringContaining('1.5k of 1k tokens')]);
    expect(state.blocks.get('B1')?.raised?.map(({ sum }) => sum)).toEqual(['$9', '1k']);
    fold([raise('2k', { agent: 'a1' }), raise('3k', { agent: 'a1' })], state, 10);
    expect(state.blocks.get('B1')?.raised?.map(({ sum }) => sum)).toEqual(['$9', '1k', '3k']);
  });
  test('of a worker does not lift its own budget, nor one that has ended', () => {
    const own = { ...budget('budget:1k'), worker: 'W1' };
    expect(reached(fold([own, used(undefined, 1500), raise('2k', { by: 'W1' })]))).toHaveLength(1);
    const ended = fold([...spent, { t: 'unblock', block: 'B1', by: 'user' }, raise('2k')]);
    expect(ended.blocks.get('B1')?.raised).toBeUndefined();
  });
  test('of very many agents is kept for the latest', () => {
    const agents = Array.from({ length: 510 }, (_, i) => raise('2k', { agent: `a${i}` }));
    const { raised = [] } = fold([...spent, ...agents]).blocks.get('B1') ?? {};
    expect([raised.length, raised[0]?.agent, raised.at(-1)?.agent]).toEqual([500, 'a10', 'a509']);
  });
  test.each<[sum: number, spent: number | undefined, next: number]>([
    [1000, undefined, 2000],
    [1000, 500, 2000],
    [1000, 1000, 2000],
    [1000, 2000, 4000],
    [1000, 4500, 8000],
  ])('to offer for %s of which %s are spent is %s', (amount, of, next) => {
    const known = of === undefined ? {} : { spent: { amount: of, source: 'x', ts: 0 } };
    const standing = { spender: { kind: 'session' }, sum: { unit: 'tokens', amount }, ...known } as const;
    expect(nextSum(standing)).toEqual({ unit: 'tokens', amount: next });
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
  for (const sum of ['$5', '1k'])
    expect(reason(fold([budget(`budget:${sum}`)]), NOW)).toContain('What this session has spent is not known yet');
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
