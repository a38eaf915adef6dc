import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  describeCondition,
  describePending,
  evaluate,
  evaluateOne,
  isCondition,
  keptConditions,
  pendingConditions,
  stepsOf,
  type Verdict,
  type Waits,
} from '#core/fold/conditions.ts';
import { COUNTS } from '#core/fold/limits.ts';
import { stuckReason } from '#core/fold/stuck.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, started } from './world.ts';

const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const exit = (worker: string, how: object = { code: 0 }): object => ({ t: 'exit', worker, ...how });
const block = { t: 'hook', worker: 'gate', event: 'PreToolUse', exit: 2, stderr: 'wait' };
const checkpoint = (worker: string, name = 'ready'): object => ({ t: 'checkpoint', worker, name });
const decide = (decision: string): object => ({ t: 'decide', ballot: 'ship', decision, by: 'user' });

const WAITS: Waits[] = ['block', 'watch', 'start'];

/** What has happened, and what becomes of a condition by it, whoever waits; or for a block, a watch and a start apart. */
const VERDICTS: [text: string, course: object[], verdict: Verdict | [Verdict, Verdict, Verdict]][] = [
  ['done:W1', [], 'pending'],
  ['done:W9', [], 'pending'],
  ['done:W1', [exit('W1')], 'met'],
  ['done:W1', [exit('W1', { code: 1 })], 'met'],
  ['done:W1', [exit('W1', { lost: true })], 'met'],
  ['done:W1', [{ t: 'abort', worker: 'W1', by: 'user' }, exit('W1', { signal: 'SIGTERM' })], 'met'],
  ['ok:W1', [], 'pending'],
  ['ok:W9', [], 'pending'],
  ['ok:W1', [exit('W1')], 'met'],
  ['ok:W1', [exit('W1', { code: 1 })], 'impossible'],
  ['ok:W1', [exit('W1', { lost: true })], 'impossible'],
  // without a list of workers nobody knows whom it means
  ['done:all', [], 'impossible'],
  ['ok:all', [], 'impossible'],
  ['checkpoint:ready', [], 'pending'],
  ['checkpoint:ready', [checkpoint('W1')], 'pending'],
  ['checkpoint:ready', [checkpoint('W1'), checkpoint('W2')], 'pending'],
  ['checkpoint:ready', [checkpoint('W1'), checkpoint('W2'), checkpoint('W3')], 'met'],
  ['checkpoint:ready', [checkpoint('W1'), exit('W1')], 'pending'],
  ['checkpoint:ready', [checkpoint('W1'), exit('W2')], 'impossible'],
  ['free:db', [], 'met'],
  ['free:db', [{ t: 'acquire', worker: 'W1', resource: 'db' }], 'pending'],
  // whatever was decided under the same name
  [
    'free:db',
    [
      { t: 'acquire', worker: 'W1', resource: 'db' },
      { t: 'decide', ballot: 'db', decision: 'abort', by: 'user' },
    ],
    'pending',
  ],
  ['decided:ship', [], 'pending'],
  ['agreed:ship', [], 'pending'],
  ['decided:ship', [{ t: 'ballot', ballot: 'ship', voters: ['W1'] }], 'pending'],
  ['agreed:ship', [{ t: 'ballot', ballot: 'ship', voters: ['W1'] }], 'pending'],
  ['decided:ship', [decide('proceed')], 'met'],
  ['agreed:ship', [decide('proceed')], 'met'],
  ['decided:ship', [decide('later')], 'met'],
  ['agreed:ship', [decide('later')], 'impossible'],
  // an abort is a decision, but none that opens a gate
  ['decided:ship', [decide('abort')], ['impossible', 'met', 'met']],
  ['agreed:ship', [decide('abort')], 'impossible'],
  ['clear:B1', [block], 'pending'],
  ['clear:B1', [block, { t: 'unblock', block: 'B1', by: 'user' }], 'met'],
  ['clear:B2', [block], 'impossible'],
  // those that ended long ago are not kept
  ['clear:B1', many(400, (i) => [block, { t: 'unblock', block: `B${i + 1}`, by: 'user' }]).flat(), 'met'],
  ['whatever', [], 'impossible'],
  [':W1', [], 'impossible'],
];

test.each(VERDICTS)('%s after %j is %j', (text, course, verdict) => {
  const state = fold([...started(3), ...course]);
  expect(WAITS.map((waits) => evaluateOne(state, { text, met: false }, waits))).toEqual(
    typeof verdict === 'string' ? WAITS.map(() => verdict) : verdict,
  );
});

test.each<[string, string[], Verdict]>([
  ['done:all', [], 'met'],
  ['done:all', ['W1', 'W2'], 'met'],
  ['done:all', ['W1', 'W3'], 'pending'],
  ['done:all', ['W2', 'W3'], 'pending'],
  ['ok:all', [], 'met'],
  ['ok:all', ['W1'], 'met'],
  ['ok:all', ['W1', 'W3'], 'pending'],
  ['ok:all', ['W3', 'W2'], 'impossible'],
])('%s of %j, of whom W1 ended well and W2 failed, is %s', (text, workers, verdict) => {
  const state = fold([...started(3), exit('W1'), exit('W2', { code: 1 })]);
  expect(evaluateOne(state, { text, workers, met: false }, 'block')).toBe(verdict);
});

describe('several conditions', () => {
  const verdict = (state: SessionState, ...texts: string[]): [Verdict, boolean[]] => {
    const conditions = texts.map((text) => ({ text, met: false }));
    return [evaluate(state, conditions), conditions.map(({ met }) => met)];
  };

  test('are met with the last, and impossible with the first that cannot be, in any order', () => {
    const state = fold([...started(3), exit('W1'), exit('W2', { code: 1 })]);
    expect(verdict(state)).toEqual(['met', []]);
    expect(verdict(state, 'done:W1', 'done:W2')).toEqual(['met', [true, true]]);
    expect(verdict(state, 'done:W1', 'done:W3')).toEqual(['pending', [true, false]]);
    const texts = ['done:W1', 'done:W3', 'ok:W2', 'free:db'];
    fc.assert(
      fc.property(fc.shuffledSubarray(texts, { minLength: 4 }), (order) => {
        expect(verdict(state, ...order)).toEqual(['impossible', order.map((text) => /W1|db/.test(text))]);
      }),
    );
  });

  test('stay met, each once it was: also where a lock is taken again', () => {
    const state = fold(started(1));
    const conditions = [
      { text: 'free:db', met: false },
      { text: 'done:W1', met: false },
    ];
    expect(evaluate(state, conditions)).toBe('pending');
    fold([{ t: 'acquire', worker: 'W2', resource: 'db' }, exit('W1')], state, 10);
    expect(evaluate(state, conditions)).toBe('met');
  });
});

describe('whom a condition waits for', () => {
  test('is the worker itself for a bare done or ok, and whom it names otherwise', () => {
    const texts = (...args: Parameters<typeof pendingConditions>): string[] =>
      pendingConditions(...args).map(({ text }) => text);
    const state = fold(started(1));
    expect(pendingConditions(state, undefined, 'W1')).toEqual([]);
    expect(pendingConditions(state, 'done', 'W1')).toEqual([{ text: 'done:W1', met: false }]);
    expect(texts(state, ['ok', 'done:W2', 'free:db'], 'W1')).toEqual(['ok:W1', 'done:W2', 'free:db']);
    expect(texts(state, 'done')).toEqual(['done']);
  });

  test('is all others of its run; without a run all that are at work and end by themselves', () => {
    const state = fold([
      ...started(3),
      exit('W3'),
      { t: 'progress', worker: 'alone' },
      { t: 'spawn', worker: 'shell', kind: 'shell' },
    ]);
    const all = (worker?: string) => pendingConditions(state, 'done:all', worker);
    expect(all('W1')).toEqual([{ text: 'done:all', workers: ['W2', 'W3'], met: false }]);
    expect(all('alone')).toEqual([{ text: 'done:all', workers: ['W1', 'W2'], met: false }]);
    expect(all()).toEqual([{ text: 'done:all', workers: ['W1', 'W2', 'alone'], met: false }]);
  });

  test('is nobody for a planned worker with more others than are followed: it does not start', () => {
    const plan = (count: number): object => ({
      t: 'plan',
      run: 'R1',
      sha256: 'x',
      workers: many(count, (i) => ({ worker: `P${i}`, ...(i === 0 && { after: ['done:all'] }) })),
    });
    const { peersOfPlanned } = COUNTS;
    const first = (count: number) => fold([plan(count)]).workers.get('P0');
    expect(first(peersOfPlanned)).toMatchObject({ state: 'planned' });
    expect(first(peersOfPlanned + 1)).toMatchObject({
      state: 'failed',
      problem: 'not started: a prerequisite failed',
    });
    // one that runs already may wait for as many as there are
    const running = fold([plan(peersOfPlanned + 1), { t: 'spawn', worker: 'P0' }]);
    expect(pendingConditions(running, 'done:all', 'P0')[0]?.workers).toHaveLength(peersOfPlanned);
  });
});

describe('what is awaited by all blocks together', () => {
  const awaited = (state: SessionState): number =>
    [...state.blocks.values(), ...state.watches.values()]
      .map(
        ({ until }) =>
          Math.max(0, until.length - 1) + until.reduce((sum, each) => sum + (each.workers?.length ?? 0), 0),
      )
      .reduce((a, b) => a + b, 0);

  test('is what stands in the blocks and watches that are kept, whatever begins, changes and ends', () => {
    const until = fc.oneof(
      fc.constant(undefined),
      fc.array(fc.constantFrom('done:all', 'ok:all', 'done:W1', 'free:db', 'whatever'), { minLength: 1, maxLength: 4 }),
    );
    const step = fc.oneof(
      fc
        .record({ until, key: fc.constantFrom(undefined, 'a', 'b'), worker: fc.constantFrom('W1', 'gate') })
        .map((more) => ({ ...block, ...more })),
      until.map((each) => ({ t: 'watch', worker: 'W3', until: each })),
      fc.constantFrom(
        exit('W1'),
        exit('W2'),
        { t: 'progress', worker: 'W1' },
        { t: 'unblock', block: 'all', by: 'user' },
      ),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const state = fold([...started(3), ...steps]);
        expect(state.awaitedCount).toBe(awaited(state));
      }),
      { numRuns: 60 },
    );
  });

  test('is given back by those that ended long ago', () => {
    const of = (i: number): object[] => [
      { ...block, until: ['done:all', 'done:W1'] },
      { t: 'unblock', block: `B${i + 1}`, by: 'user' },
    ];
    const state = fold([...started(3), ...many(400, of).flat()]);
    expect(state.blocks.size).toBeLessThan(400);
    expect(state.awaitedCount).toBe(awaited(state));
    expect(state.awaitedCount).toBe(state.blocks.size * 4);
  });

  test('has a bound: a list beyond is left out, and its block stands, stuck', () => {
    const state = fold(started(3));
    state.awaitedCount = COUNTS.awaited - 1;
    expect(keptConditions(state, ['done:W1', 'done:W2'], 'gate', { pos: 0 })).toEqual([
      { text: 'done:all', met: false },
    ]);
    expect(keptConditions(state, 'done:all', 'gate', { pos: 0 })).toMatchObject([{ workers: ['W1', 'W2', 'W3'] }]);
    expect(keptConditions(state, 'done:all', 'gate', { pos: 0 })).toEqual([{ text: 'done:all', met: false }]);
    // one alone goes with its block
    expect(keptConditions(state, 'done', 'W1', { pos: 0 })).toEqual([{ text: 'done:W1', met: false }]);
    expect(keptConditions(state, ['done'], 'W1', { pos: 0 })).toEqual([{ text: 'done:W1', met: false }]);
    const stands = fold([{ ...block, until: ['done:W1', 'done:W2'] }, exit('W1'), exit('W2'), exit('W3')], state, 10);
    expect(stands.blocks.get('B1')?.ended).toBeUndefined();
    expect(stuckReason(stands, stands.blocks.get('B1') ?? expect.fail())?.why).toContain('more than is followed');
  });

  test('costs steps by the length of its lists', () => {
    const list = (workers?: string[]) => [{ text: 'done:all', met: false, ...(workers && { workers }) }];
    const one = stepsOf(list());
    expect(one).toBeGreaterThan(0);
    expect(stepsOf([])).toBe(0);
    expect(stepsOf([...list(), ...list()])).toBe(2 * one);
    expect(stepsOf(list(many(100, String)))).toBeGreaterThanOrEqual(one + 50);
  });
});

test('who has ended before a checkpoint is first reached is missing there: what starts after it fails at once', () => {
  const plan = { t: 'plan', run: 'R2', sha256: 'x', workers: [{ worker: 'W9', after: ['checkpoint:ready'] }] };
  const state = fold([...started(2), exit('W1'), plan]);
  expect(state.workers.get('W9')?.state).toBe('planned');
  fold([checkpoint('W2')], state, 10);
  expect(state.workers.get('W9')?.state).toBe('failed');
  expect([...state.blocks.values()].map(({ event, cause }) => [event, cause.kind])).toEqual([['Stop', 'prerequisite']]);
});

test('all that waits for one thing ends with it: blocks, watches, and workers that can start no more', () => {
  const plan = (run: string, worker: string): object => ({
    t: 'plan',
    run,
    sha256: 'x',
    workers: [{ worker, after: ['ok:W1'] }],
  });
  const waiting = [
    { ...block, until: 'done:W1' },
    { ...block, worker: 'gate2', until: 'done:W1' },
    { t: 'watch', worker: 'W2', until: 'done:W1' },
    { t: 'watch', worker: 'W3', until: 'done:W1' },
    plan('R2', 'P1'),
    plan('R3', 'P2'),
  ];
  const state = fold([...started(3), ...waiting]);
  const left = () => [
    ['B1', 'B2'].map((id) => state.blocks.get(id)?.ended?.how),
    [...state.watches.keys()],
    ['P1', 'P2'].map((id) => state.workers.get(id)?.state),
  ];
  expect(left()).toEqual([
    [undefined, undefined],
    ['W2', 'W3'],
    ['planned', 'planned'],
  ]);
  fold([exit('W1', { code: 1 })], state, 20);
  expect(left()).toEqual([['until', 'until'], [], ['failed', 'failed']]);
});

describe('a watch', () => {
  const watch = (until?: string | string[]): object => ({ t: 'watch', worker: 'W3', tool: 'Bash', until });
  const isThere = (...log: object[]): boolean => fold([...started(3), ...log]).watches.has('W3');

  test('lasts until its conditions hold, or no longer can, or its worker ends', () => {
    expect(isThere(watch())).toBe(true);
    expect(isThere(watch(), exit('W3'))).toBe(false);
    expect(isThere(watch(['done:W1', 'done:W2']), exit('W1'))).toBe(true);
    expect(isThere(watch(['done:W1', 'done:W2']), exit('W1'), exit('W2'))).toBe(false);
    expect(isThere(watch(['ok:W1', 'done:W2']), exit('W1', { code: 1 }))).toBe(false);
    expect(isThere(watch('checkpoint:ready'), checkpoint('W1'), exit('W2'))).toBe(false);
    expect(isThere(watch('agreed:ship'), decide('later'))).toBe(false);
  });

  test('is of the calls that it names, and the last one of its worker counts', () => {
    const state = fold([{ ...watch(), agent: 'a1' }, watch('done:W1')]);
    expect([...state.watches]).toEqual([['W3', { until: [{ text: 'done:W1', met: false }], tool: 'Bash' }]]);
    expect(fold([{ ...watch(), agent: 'a1' }]).watches.get('W3')).toEqual({ until: [], tool: 'Bash', agent: 'a1' });
  });

  test('of very many workers is left out and counted, unless its worker has one', () => {
    const state = fold(many(COUNTS.watches + 1, (i) => ({ ...watch(), worker: `X${i}` })));
    expect([state.watches.size, state.watches.has('X0')]).toEqual([COUNTS.watches, true]);
    expect([...state.damaged]).toEqual([[`left out: more than ${COUNTS.watches} watches`, 1]]);
    fold([{ ...watch(), worker: 'X0', tool: 'Edit' }], state, 2000);
    expect([state.watches.get('X0')?.tool, [...state.damaged.values()]]).toEqual(['Edit', [1]]);
  });

  test('of what holds already is over at once, and so is one of what never can', () => {
    expect(isThere(exit('W1'), watch('done:W1'))).toBe(false);
    expect(isThere(watch('free:db'))).toBe(false);
    expect(isThere(exit('W1', { code: 1 }), watch('ok:all'))).toBe(false);
    expect(isThere(watch('clear:B9'))).toBe(false);
    // the earlier one is over as well
    expect(isThere(exit('W1'), watch('done:W2'), watch('done:W1'))).toBe(false);
  });
});

test.each<[string, number, string | undefined]>([
  ['done:all', 1, 'until'],
  ['ok:all', 1, undefined],
  ['ok:all', 0, 'until'],
])('a block until %s of whom the last ends with %i ends by: %s', (until, code, how) => {
  const state = fold([...started(3), exit('W3'), { ...block, worker: 'W1', until }, exit('W1'), exit('W2', { code })]);
  expect(state.blocks.get('B1')?.ended?.how).toBe(how);
});

test('a block until all others have ended is over at once where there is nobody else', () => {
  for (const until of ['done:all', 'ok:all']) {
    const state = fold([...started(1), { ...block, worker: 'W1', until }]);
    expect(state.blocks.get('B1')?.ended?.how).toBe('until');
  }
});

test('to look for the others of a run costs no more where thousands of others are', () => {
  const others = many(2000, (i) => ({ t: 'progress', worker: `X${i}` }));
  const steps = (worker: string): number => {
    const state = fold([...started(3), ...others]);
    const before = state.steps;
    fold([{ ...block, worker, until: 'done:all' }], state, 3000);
    return state.steps - before;
  };
  expect(steps('W1')).toBeLessThan(100);
  expect(steps('W1')).toBeGreaterThan(0);
  expect(steps('X1')).toBeGreaterThanOrEqual(2000);
});

describe('in words', () => {
  test.each([
    [{ text: 'done:W1' }, 'W1 has ended'],
    [{ text: 'ok:W1' }, 'W1 has ended well'],
    [{ text: 'done:all', workers: ['W1', 'W2'] }, 'W1, W2 has ended'],
    [{ text: 'ok:all', workers: [] }, 'nobody has ended well'],
    [{ text: 'checkpoint:a:b' }, 'all have reached a:b'],
    [{ text: 'free:db' }, 'db is free'],
    [{ text: 'decided:ship' }, 'ship is decided'],
    [{ text: 'agreed:ship' }, 'ship is agreed to'],
    [{ text: 'clear:B1' }, 'B1 is cleared'],
    [{ text: 'whatever' }, 'whatever'],
  ])('%j is: %s', (condition, sentence) => {
    expect(describeCondition({ met: false, ...condition })).toBe(sentence);
  });

  test('only what is not met yet is named, all of it', () => {
    const conditions = [
      { text: 'done:W1', met: true },
      { text: 'done:W2', met: false },
      { text: 'free:db', met: false },
    ];
    expect(describePending(conditions)).toBe('W2 has ended and db is free');
    expect(describePending(conditions.slice(0, 1))).toBe('');
  });

  test.each([
    ...['done', 'ok', 'done:all', 'ok:W1', 'checkpoint:a', 'free:file:a\nb', 'decided:x', 'agreed:x', 'clear:B1'].map(
      (text) => [text, true] as const,
    ),
    ...['', 'don', 'done:', 'xdone', 'donex', 'done ', 'undone:W1', 'free', 'clear:', 'W1'].map(
      (text) => [text, false] as const,
    ),
  ])('%j is a condition: %s', (text, is) => {
    expect(isCondition(text)).toBe(is);
  });
});
