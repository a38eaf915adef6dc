import { describe, expect, test } from 'vitest';
import { stuckReason } from '#core/fold/blocks.ts';
import { COUNTS } from '#core/fold/limits.ts';
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
    expect([...state.damaged]).toEqual([['left out: a block of W1, which has too many or is one of too many', 5]]);
    fold([{ t: 'unblock', block: rest?.id, by: 'user' }], state, 5000);
    expect(refused(state, { command: 'ls' }, 'Bash').filter(({ match }) => match === undefined)).toEqual([]);
    fold([{ ...block, worker: 'W2' }], state, 6000);
    expect(refused(state, { file_path: 'a' }).map(({ worker }) => worker)).toContain('W2');
  });
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

test('done:all of more workers than are followed can never hold', () => {
  const state = fold(many(3, (i) => ({ t: 'progress', worker: `w${i}`, pct: 1 })));
  state.awaitedCount = COUNTS.awaited;
  fold([{ ...block, until: 'done:all' }], state, 10);
  expect(stuckReason(state, state.blocks.get('B1') as Block)?.why).toContain('more workers than are followed');
});

test('information for a pattern that is too long reaches no call', () => {
  const rewrite = { hookSpecificOutput: { updatedInput: { command: 'true' } } };
  const match = { command: '*'.repeat(5000) };
  const state = fold([{ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 0, json: rewrite, match }]);
  expect(state.notes.size).toBe(0);
  expect([...state.damaged.keys()]).toEqual(['left out: information of W1 for a pattern that is too long']);
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
    'left out: more than 500 requests for a lock',
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
