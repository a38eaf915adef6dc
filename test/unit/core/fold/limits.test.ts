import { describe, expect, test } from 'vitest';
import { stuckReason } from '#core/fold/stuck.ts';
import { COUNTS, countByName } from '#core/fold/limits.ts';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import { blockReason } from '#core/policy/reason.ts';
import { blockText } from '#core/projection/describe.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

// What goes beyond a limit is named and left out, and opens nothing.

const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' };
const call = (input: Record<string, unknown>, tool = 'Edit') => ({ tool, input, cwd: '/p' });
const refused = (state: SessionState, input: Record<string, unknown>, tool?: string): Block[] =>
  activeBlocks(state, { event: 'PreToolUse', role: 'conductor', root: '/p', call: call(input, tool) }, T0);
const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe('a block', () => {
  test('with a text that is too long is cut, and stands', () => {
    const state = fold([{ ...block, stderr: 'x'.repeat(20_000) }]);
    expect(state.blocks.get('B1')?.text.length).toBeLessThan(9000);
    expect(refused(state, { file_path: 'a' })).toHaveLength(1);
  });

  test.each([
    ['path', '/a'.repeat(20_000), 'path is too long to be judged, so it concerns calls of Edit'],
    ['command', '*'.repeat(2000), 'command is too long to be judged, so it concerns calls of Edit'],
    ['tool', 'x|'.repeat(2000), 'tool is too long to be judged, so it concerns calls of every tool'],
    ['agent', 'a|'.repeat(2000), 'agent is too long to be judged, so it concerns calls of Edit'],
  ])('with a %s that is too long concerns more calls, and its text tells why', (part, pattern, why) => {
    const state = fold([{ ...block, match: { tool: 'Edit', [part]: pattern } }]);
    const [only] = refused(state, { file_path: 'other' });
    expect(only?.text).toContain(why);
    expect(refused(state, { file_path: 'other' }, 'Read')).toHaveLength(part === 'tool' ? 1 : 0);
  });

  test('of too many of one worker is one that refuses everything, until the person releases it', () => {
    const guards = many(COUNTS.blocksOfWorker + 5, (i) => ({ ...block, match: { command: `never ${i}` } }));
    const state = fold(guards);
    const [rest, ...others] = refused(state, { command: 'ls' }, 'Bash').filter(({ match }) => match === undefined);
    expect(rest?.text).toContain('Those beyond hold every call');
    expect(others).toEqual([]);
    expect([...state.damaged]).toEqual([['left out: more than 20000 blocks, or 1000 of one worker', 5]]);
    fold([{ t: 'unblock', block: rest?.id, by: 'user' }], state, 5000);
    expect(refused(state, { command: 'ls' }, 'Bash').filter(({ match }) => match === undefined)).toEqual([]);
    fold([{ ...block, worker: 'W2' }], state, 6000);
    expect(refused(state, { file_path: 'a' }).map(({ worker }) => worker)).toContain('W2');
  });
});

describe('beyond the blocks of one worker', () => {
  const full = many(COUNTS.blocksOfWorker, (i) => ({ ...block, key: `k${i}` }));
  const rest = (state: SessionState) => [...state.blocks.values()].filter(({ worker }) => worker === 'fermata');

  test('one that stands is renewed, and those that end at once count for nothing', () => {
    const state = fold([...full, { ...block, key: 'k7', stderr: 'other' }]);
    expect(state.blocks.get('B8')?.text).toBe('other');
    expect(rest(state)).toEqual([]);
    const ended = many(COUNTS.blocksOfWorker + 5, () => ({ ...block, until: 'free:db' }));
    expect(rest(fold([...ended, block]))).toEqual([]);
  });

  test('the block of a lock and the guard of a plan are one that refuses everything, too, and await nothing', () => {
    const lock = fold([{ t: 'acquire', worker: 'W1', resource: 'file:/p/a' }], fold(full), 5000);
    expect(rest(lock)).toMatchObject([{ event: 'PreToolUse', cause: { kind: 'hook' } }]);
    const guard = [{ tool: 'Read', until: ['ok', 'done:W2', 'done:W3'] }];
    const plan = { t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W1', guard }] };
    const guarded = fold([plan], fold(full), 5000);
    expect(rest(guarded)).toMatchObject([{ until: [] }]);
    expect(guarded.awaitedCount).toBe(0);
  });
});

test('of too many of all workers together, too, one refuses everything', () => {
  const all = many(COUNTS.blocks, (i) => ({ ...block, worker: `W${i % 40}` }));
  const of = (state: SessionState): string[] => [...state.blocks.values()].map(({ worker }) => worker);
  const state = fold(all);
  expect(of(state)).not.toContain('fermata');
  expect(of(fold([{ ...block, worker: 'X' }], state, all.length))).toContain('fermata');
});

test('{workers} names the first ones, whatever the number of workers and of its places', () => {
  const text = '{workers} '.repeat(800);
  const state = fold([...many(500, (i) => ({ t: 'progress', worker: `w${i}`, pct: 1 })), { ...block, stderr: text }]);
  const told = blockText(state, state.blocks.get('B1') as Block, T0);
  expect(told).toContain('and 481 more');
  expect(told.length).toBeLessThan(12_000);
});

test('a refusal by many blocks names the others without their texts', () => {
  const state = fold(many(300, () => block));
  const reason = blockReason(state, [...state.blocks.values()], T0, 'fermata');
  expect(reason).toContain('refuse it as well');
  expect(reason.length).toBeLessThanOrEqual(8000);
});

test('what waits for a worker, a checkpoint or a ballot that is left out goes on waiting', () => {
  const state = fold(
    many(COUNTS.ballots + 1, (i) => ({ t: 'decide', ballot: `b${i}`, decision: 'proceed', by: 'user' })),
  );
  fold(
    many(COUNTS.checkpoints + 1, (i) => ({ t: 'checkpoint', worker: 'W1', name: `c${i}` })),
    state,
    10_000,
  );
  const last = [`agreed:b${COUNTS.ballots}`, `checkpoint:c${COUNTS.checkpoints}`];
  fold(
    last.map((until) => ({ ...block, until })),
    state,
    20_000,
  );
  const waiting = [...state.blocks.values()].filter(({ ended }) => ended === undefined);
  expect(waiting.map(({ until }) => until[0]?.text)).toEqual(last);
  expect([...state.damaged.keys()]).toEqual([
    `left out: more than ${COUNTS.ballots} ballots`,
    'left out: a checkpoint, of too many or for too many workers',
  ]);
});

test('a ballot of more voters than are followed is not opened', () => {
  const voters = many(COUNTS.voters + 1, (i) => `v${i}`);
  const state = fold([
    { t: 'ballot', ballot: 'ship', voters, quorum: 1 },
    { t: 'vote', ballot: 'ship', worker: 'v1', decision: 'proceed' },
  ]);
  expect(state.ballots.get('ship')).toMatchObject({ opened: false });
});

test.each(['done:all', 'ok:all'])('%s of more workers than are followed can never hold', (until) => {
  const state = fold(many(3, (i) => ({ t: 'progress', worker: `w${i}`, pct: 1 })));
  state.awaitedCount = COUNTS.awaited;
  fold([{ ...block, until }], state, 10);
  expect(stuckReason(state, state.blocks.get('B1') as Block)?.why).toContain('more than is followed');
});

test('conditions beside the first are bounded, all together: a block with more of them stands', () => {
  const until = ['done:X', 'done:Y', 'done:Z'];
  const state = fold([{ t: 'progress', worker: 'X', pct: 1 }]);
  state.awaitedCount = COUNTS.awaited - 3;
  const ends = ['X', 'Y', 'Z'].map((worker) => ({ t: 'exit', worker, code: 0 }));
  fold([{ ...block, until }, { ...block, worker: 'W2', until }, ...ends], state, 10);
  const [standing, ...others] = refused(state, { file_path: 'a' });
  expect([standing?.worker, others]).toEqual(['W2', []]);
  expect(stuckReason(state, standing as Block)?.why).toContain('more than is followed');
});

test('the requests for all locks are bounded: one beyond is not granted, and what was given back makes room', () => {
  const state = fold([
    ...many(COUNTS.requests, (i) => ({
      t: 'acquire',
      worker: `W${i}`,
      resource: `r${i % 100}`,
      id: `a${i}`,
      wait: true,
    })),
    { t: 'acquire', worker: 'X', resource: 'free' },
  ]);
  expect(state.locks.has('free')).toBe(false);
  fold(
    [
      { t: 'release', worker: 'W0', resource: 'r0' },
      { t: 'acquire', worker: 'X', resource: 'free' },
    ],
    state,
    30_000,
  );
  expect(state.locks.get('free')?.holders.map(({ worker }) => worker)).toEqual(['X']);
});

test('information for a pattern that is too long reaches no call', () => {
  const rewrite = { hookSpecificOutput: { updatedInput: { command: 'true' } } };
  const match = { command: '*'.repeat(5000) };
  const state = fold([{ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 0, json: rewrite, match }]);
  expect(state.notes.size).toBe(0);
  expect([...state.damaged.keys()]).toEqual(['left out: information for a pattern that is too long']);
});

test('locks and the requests for one are bounded: what is beyond is not granted, and what was asked before is', () => {
  const state = fold([
    ...many(2001, (i) => ({ t: 'acquire', worker: `W${i}`, resource: `r${i}` })),
    ...many(600, (i) => ({ t: 'acquire', worker: `X${i}`, resource: 'r0', id: `a${i}`, wait: true })),
    { t: 'release', worker: 'W0', resource: 'r0' },
  ]);
  expect(state.locks.size).toBe(2000);
  expect(state.locks.has('r2000')).toBe(false);
  const { holders, queue } = state.locks.get('r0') ?? { holders: [], queue: [] };
  expect(holders.map(({ worker }) => worker)).toEqual(['X0']);
  expect(queue).toHaveLength(498);
  expect([...state.damaged.keys()].toSorted()).toEqual([
    'left out: more than 2000 locks',
    'left out: more than 500 requests for a lock, or 20000 for all',
  ]);
});

test('the end of a lease or of a worker costs no more because of other locks', () => {
  const state = fold([
    ...many(2000, (i) => ({ t: 'acquire', worker: `W${i}`, resource: `r${i}`, id: `a${i}`, ttlMs: 1 })),
    ...many(40_000, (i) => ({ t: 'expire', what: 'lock', ref: `none${i}`, seen: 1 })),
    ...many(20_000, (i) => ({ t: 'exit', worker: `X${i}`, code: 0 })),
  ]);
  expect(state.locks.size).toBe(2000);
});

test('information that waits is bounded for all workers together, and what was delivered makes room', () => {
  const inform = (i: number): object => ({ t: 'tell', to: 'conductor', by: `W${i % 500}`, text: `news ${i}` });
  const state = fold(many(COUNTS.notes + 1, inform));
  expect(state.notes.size).toBe(COUNTS.notes);
  expect([...state.damaged]).toEqual([['left out: more than 2000 pieces of information that wait', 1]]);
  fold([{ t: 'delivered', ref: 0, hook: 'h' }, inform(1)], state, 20_000);
  expect([...state.notes.values()].filter(({ deliveredBy }) => deliveredBy === undefined)).toHaveLength(COUNTS.notes);
  expect([...state.notes.values()].map(({ text }) => text)).toContain('news 1');
});

describe('steps are bounded by the length of a log, whatever its lines are', () => {
  const DEAR: [what: string, begin: object[], again: (i: number) => object][] = [
    [
      'blocks that wait for one file, while others are given back',
      [
        { t: 'acquire', worker: 'X', resource: 'file:a' },
        ...many(20_000, (i) => ({ ...block, worker: `W${i % 40}`, until: 'free:file:a' })),
      ],
      (i) => ({ t: i % 2 === 0 ? 'acquire' : 'release', worker: 'Y', resource: 'file:b' }),
    ],
    [
      'done:all where all have ended',
      many(20_000, (i) => ({ t: 'exit', worker: `X${i}`, code: 0 })),
      (i) => ({ ...block, worker: `W${i % 40}`, until: ['done:all', 'done:never'] }),
    ],
    [
      'a folder in which its owner has thousands of files',
      many(1900, (i) => ({ t: 'acquire', worker: 'X', resource: `file:d/${i}` })),
      (i) => ({ t: i % 2 === 0 ? 'acquire' : 'release', worker: 'X', resource: 'file:d' }),
    ],
    [
      'votes that are changed again and again',
      [
        { t: 'ballot', ballot: 'b', voters: many(500, (i) => `v${i}`), quorum: 1 },
        ...many(240, (i) => ({ t: 'vote', worker: `v${i}`, ballot: 'b', decision: `d${i}` })),
      ],
      (i) => ({ t: 'vote', worker: 'v1', ballot: 'b', decision: `e${i % 2}` }),
    ],
    [
      'a voter in many ballots that is lost and comes back',
      many(500, (i) => ({ t: 'ballot', ballot: `b${i}`, voters: ['X', 'Y'], quorum: 1 })),
      (i) => (i % 2 === 0 ? { t: 'exit', worker: 'X', lost: true } : { t: 'progress', worker: 'X' }),
    ],
    [
      'a worker that is expected at a thousand checkpoints, lost and back',
      [
        { t: 'progress', worker: 'X' },
        ...many(1000, (i) => ({ t: 'checkpoint', worker: 'W1', name: `c${i}` })),
        { t: 'watch', worker: 'W2', until: 'checkpoint:c1' },
      ],
      (i) => (i % 2 === 0 ? { t: 'exit', worker: 'X', lost: true } : { t: 'progress', worker: 'X' }),
    ],
    [
      'blocks of many conditions that are met one after the other',
      many(200, (i) => ({ ...block, worker: `W${i % 40}`, until: many(64, (n) => `done:X${n}`) })),
      (i) => ({ t: 'exit', worker: `X${i % 63}`, code: 0 }),
    ],
    [
      'a lock with hundreds of requests, which one more worker makes and gives back',
      many(498, (i) => ({ t: 'acquire', worker: `W${i}`, resource: 'r', id: `a${i}`, wait: true })),
      (i) => ({ t: i % 2 === 0 ? 'acquire' : 'release', worker: 'Z', resource: 'r', id: `z${i >> 1}`, wait: true }),
    ],
    [
      'calls that are let past all of many blocks',
      many(20_000, (i) => ({ ...block, worker: `W${i % 40}` })),
      (i) => ({ t: 'unblock', block: 'all', by: 'user', call: `c${i}` }),
    ],
    [
      'a task that thousands have had',
      many(9000, (i) => ({ t: 'spawn', worker: `X${i}`, task: 'same' })),
      () => ({ t: 'done', task: 'same' }),
    ],
    [
      'planned workers that wait for all of a large plan, whose workers fail',
      many(20, (r) => ({
        t: 'plan',
        run: `R${r + 1}`,
        sha256: 'x',
        workers: many(400, (i) => ({ worker: `P${r}_${i}`, after: ['ok:all'] })),
      })),
      (i) => ({ t: 'exit', worker: `P${i % 20}_${(i / 20) | 0}`, code: 1 }),
    ],
  ];
  const standing = (state: SessionState): string[] =>
    [...state.blocks.values()].filter(({ ended }) => ended === undefined).map(({ id }) => id);

  test.each(DEAR)('%s', (_what, begin, again) => {
    const state = fold(begin);
    const before = standing(state);
    fold(many(20_000, again), state, begin.length);
    expect(state.steps).toBeLessThan(400_000 + (begin.length + 20_000) * 2);
    expect([...state.damaged.keys()]).toContain(
      'left out: a line with more to compare than a log of this length may cost',
    );
    const after = new Set(standing(state));
    expect(before.filter((id) => !after.has(id))).toEqual([]);
  });

  test.each(['first to last', 'last to first', 'mixed'])(
    'and a list of thousands of workers costs about its length, however they end: %s',
    (order) => {
      const count = 4001;
      const place = (i: number): number =>
        order === 'mixed' ? (i * 1237) % count : order === 'last to first' ? count - 1 - i : i;
      const state = fold(many(count, (i) => ({ t: 'progress', worker: `X${i}` })));
      fold([...many(5, () => ({ ...block, until: 'done:all' })), { ...block, until: 'checkpoint:c' }], state, count);
      const reach = many(count, (i) => ({ t: 'checkpoint', worker: `X${i}`, name: 'c' }));
      fold([...reach, { t: 'checkpoint', worker: 'W1', name: 'c' }], state, 10_000);
      expect(standing(state)).toHaveLength(5);
      const exits = many(count, (i) => ({ t: 'exit', worker: `X${place(i)}`, code: 0 }));
      fold(exits.slice(0, -1), state, 20_000);
      expect(standing(state)).toHaveLength(5);
      fold(exits.slice(-1), state, 30_000);
      expect(standing(state)).toEqual([]);
      expect([...state.damaged]).toEqual([]);
      expect(state.steps).toBeLessThan(count * 100);
    },
  );

  test('and a longer log has room for more', () => {
    const state = fold([{ t: 'ballot', ballot: 'b', voters: ['X', 'Y'], quorum: 2 }]);
    state.steps = 400_000;
    const vote = { t: 'vote', worker: 'X', ballot: 'b', decision: 'proceed' };
    fold([vote], state, 1000);
    expect(state.ballots.get('b')?.votes.size).toBe(0);
    fold([vote], state, 100_000);
    expect(state.ballots.get('b')?.votes.size).toBe(1);
  });
});

test('what is counted by names of a writer has few of them, and short ones', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 1000; i++) countByName(counts, `${i} ${'x'.repeat(5000)}`);
  for (let i = 0; i < 3; i++) countByName(counts, `0 ${'x'.repeat(5000)}`);
  expect(counts.size).toBeLessThanOrEqual(51);
  expect(Math.max(...[...counts.keys()].map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect(counts.get('other')).toBe(950);
  expect(counts.get([...counts.keys()][0] ?? '')).toBe(4);
});
