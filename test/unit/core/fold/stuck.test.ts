import { describe, expect, test } from 'vitest';
import { stuckReason } from '#core/fold/stuck.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { canHold } from '#core/policy/activeBlocks.ts';
import { blockReason } from '#core/policy/reason.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { SessionState } from '#protocol/state.ts';
import type { BlockView } from '#protocol/viewModel.ts';
import { fold, started, T0 } from './world.ts';

// A block ends only by what it waits for: a condition that can no longer hold opens nothing.

const block = { t: 'hook', worker: 'gate', event: 'PreToolUse', exit: 2, stderr: 'wait' };
const exit = (worker: string, how: object): object => ({ t: 'exit', worker, ...how });
const killed = { signal: 'SIGKILL' };
const ballot = { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2'], quorum: 2 };
const vote = (worker: string, decision: string): object => ({ t: 'vote', worker, decision, ballot: 'ship' });
const decide = (decision: string): object => ({ t: 'decide', ballot: 'ship', decision, by: 'user' });

const B1 = (state: SessionState) => state.blocks.get('B1') ?? expect.fail('there is no B1');
const why = (state: SessionState): string | undefined => stuckReason(state, B1(state))?.why;
const view = (state: SessionState): BlockView | undefined =>
  toViewModel(state, { now: T0 + 60_000, silentSeconds: 60, id: 's', live: true }).blocks.find(({ id }) => id === 'B1');

/** What a block waits for, how that fails, and the reason in words. */
const FAILING: [until: string | string[], course: object[], reason: string][] = [
  ['ok:W1', [exit('W1', killed)], 'W1 (task W1) failed: killed by SIGKILL'],
  ['ok:W1', [exit('W1', { code: 3 })], 'W1 (task W1) failed: exit code 3'],
  ['ok:W1', [exit('W1', { lost: true })], 'W1 (task W1) was lost: its process is gone and nobody saw how it ended'],
  ['ok:W1', [{ t: 'abort', worker: 'W1', by: 'user' }, exit('W1', killed)], 'W1 (task W1) was aborted by user'],
  ['ok:all', [exit('W2', { code: 1 })], 'W2 (task W2) failed: exit code 1'],
  [['ok:W1', 'free:db'], [exit('W1', killed)], 'W1 (task W1) failed: killed by SIGKILL'],
  [
    'checkpoint:ready',
    [{ t: 'checkpoint', worker: 'W1', name: 'ready' }, exit('W2', { code: 0 })],
    'W2 (task W2) ended without reaching ready',
  ],
  [
    'decided:ship',
    [ballot, vote('W1', 'abort'), vote('W2', 'abort')],
    'the vote on ship decided abort (2 abort; quorum 2)',
  ],
  [
    'agreed:ship',
    [ballot, vote('W1', 'abort'), vote('W2', 'abort')],
    'the vote on ship decided abort (2 abort; quorum 2)',
  ],
  ['agreed:ship', [ballot, decide('later')], 'the vote on ship decided later (decided by user)'],
  ['agreed:ship', [ballot, exit('W1', killed)], 'the vote on ship decided abort (the quorum of 2 is out of reach)'],
  ['agreed:ship', [{ ...ballot, quorum: 9 }], 'the vote on ship decided abort (the quorum of 9 is out of reach)'],
  [
    'agreed:ship',
    [{ ...ballot, quorum: 0 }, exit('W1', killed), exit('W2', killed)],
    'the vote on ship decided abort (the quorum of 0 is out of reach)',
  ],
  [
    'agreed:ship',
    [{ ...ballot, rule: 0 }, vote('W1', 'later'), vote('W2', 'later')],
    'the vote on ship decided abort (2 later; 0 % needed)',
  ],
  [
    'agreed:ship',
    [
      { ...ballot, deadlineMs: 1000, ts: T0 + 4000 },
      { t: 'expire', what: 'ballot', ref: 'ship', seen: 400, ts: T0 + 9000 },
    ],
    'the vote on ship decided abort (its deadline passed)',
  ],
  ['clear:B9', [], 'there never was a block B9'],
  ['whatever', [], '"whatever" is no condition'],
];

describe.each(FAILING)('a block until %j', (until, course, reason) => {
  const state = fold([...started(2), { ...block, until }, ...course]);

  test(`stands, stuck: ${reason}`, () => {
    expect(B1(state).ended).toBeUndefined();
    expect(why(state)).toBe(reason);
  });

  test('needs the person, whether or not it has kept Claude from anything', () => {
    expect(view(state)).toMatchObject({
      standing: true,
      needsYou: true,
      deniedCount: 0,
      stuck: { why: reason.replace(/by user$/, 'by you') },
    });
    expect(view(state)?.endsWhen).toBeUndefined();
  });

  test('refuses Claude at once, with the reason and what would help', () => {
    expect(canHold(state, B1(state))).toBe(false);
    const text = blockReason(state, [B1(state)], T0, '/bin/fermata');
    expect(text).toContain(`it is stuck and ends no more by itself: ${reason}. It stands until the person releases it`);
    expect(text).toContain('/bin/fermata wait clear:B1');
  });

  test('is as stuck in the state that a snapshot keeps', () => {
    expect(why(decodeState(encodeState(state)) ?? state)).toBe(reason);
  });

  test('ends by the release of the person', () => {
    fold([{ t: 'unblock', block: 'B1', by: 'user' }], decodeState(encodeState(state)) ?? state, 50);
    const released = fold([{ t: 'unblock', block: 'B1', by: 'user' }], decodeState(encodeState(state)), 50);
    expect(B1(released).ended?.how).toBe('release');
  });
});

test.each<[until: string, course: object[], remedy: string | undefined, second: number | undefined]>([
  ['ok:W1', [exit('W1', killed)], 'W1 is started again and ends well', 4],
  [
    'checkpoint:ready',
    [{ t: 'checkpoint', worker: 'W1', name: 'ready' }, exit('W2', { code: 0 })],
    'W2 is started again and reaches it',
    5,
  ],
  ['agreed:ship', [decide('later')], 'a new ballot ship is opened and decides otherwise', 4],
  ['clear:B9', [], undefined, undefined],
])('what would help a block until %s after %j, and since when', (until, course, remedy, second) => {
  const state = fold([...started(2), { ...block, until }, ...course]);
  const ts = second === undefined ? undefined : T0 + second * 1000;
  expect([stuckReason(state, B1(state))?.remedy, stuckReason(state, B1(state))?.ts]).toEqual([remedy, ts]);
});

describe('a stuck block is stuck no more, and can end,', () => {
  test('when a worker that failed is started again', () => {
    const state = fold([...started(1), { ...block, until: 'ok:W1' }, exit('W1', killed)]);
    expect(why(state)).toBeDefined();
    fold([{ t: 'spawn', worker: 'W1', pid: 7 }], state, 10);
    expect([B1(state).ended, why(state)]).toEqual([undefined, undefined]);
    fold([exit('W1', { code: 0 })], state, 11);
    expect(B1(state).ended?.how).toBe('until');
  });

  test('when a lost worker is back', () => {
    const state = fold([...started(1), { ...block, worker: 'W1' }, exit('W1', { lost: true })]);
    expect(why(state)).toContain('was lost');
    fold([{ t: 'progress', worker: 'W1', pct: 50 }], state, 10);
    expect(why(state)).toBeUndefined();
    fold([exit('W1', { code: 0 })], state, 11);
    expect(B1(state).ended?.how).toBe('worker ended');
  });

  test('when a ballot of that name is opened again and decides to proceed', () => {
    const course = [ballot, vote('W1', 'abort'), vote('W2', 'abort')];
    const state = fold([...started(2), { ...block, until: 'agreed:ship' }, ...course]);
    expect(why(state)).toBeDefined();
    fold([ballot], state, 20);
    expect(why(state)).toBeUndefined();
    fold([vote('W1', 'proceed'), vote('W2', 'proceed')], state, 21);
    expect(B1(state).ended?.how).toBe('until');
  });

  test('when the rule of its guard runs again: the guard waits for the new worker', () => {
    const guard = [{ tool: 'Bash', command: 'git merge*', until: 'ok' }];
    const run = (name: string, worker: string): object[] => [
      { t: 'plan', run: name, sha256: 'x', rule: 'tests', workers: [{ worker, guard }] },
      { t: 'spawn', worker, pid: 9 },
    ];
    const state = fold([...run('R1', 'W1'), exit('W1', killed), ...run('R2', 'W2')]);
    expect([...state.blocks.keys()]).toEqual(['B1']);
    expect([B1(state).ended, why(state)]).toEqual([undefined, undefined]);
    const again = decodeState(encodeState(state));
    for (const each of [state, again]) {
      const folded = fold([exit('W2', { code: 0 })], each, 20);
      expect(B1(folded).ended?.how).toBe('until');
    }
  });

  test('but a guard that can still end is none of the next run', () => {
    const guard = [{ tool: 'Bash', command: 'git merge*', until: 'ok' }];
    const plan = (run: string, worker: string): object => ({
      t: 'plan',
      run,
      sha256: 'x',
      rule: 'tests',
      workers: [{ worker, guard }],
    });
    const state = fold([plan('R1', 'W1'), plan('R2', 'W2'), { t: 'spawn', worker: 'W2' }, exit('W2', { code: 0 })]);
    expect([...state.blocks.values()].map(({ ended }) => ended?.how)).toEqual([undefined, 'until']);
  });
});

describe('a block without a condition', () => {
  test.each([
    ['ends with a worker that ended well', exit('W1', { code: 0 }), 'worker ended', undefined],
    ['stands when its worker is killed', exit('W1', killed), undefined, 'W1 (task W1) failed: killed by SIGKILL'],
    ['stands when its worker fails', exit('W1', { code: 1 }), undefined, 'W1 (task W1) failed: exit code 1'],
  ])('%s', (_title, course, how, reason) => {
    const state = fold([...started(1), { ...block, worker: 'W1' }, course]);
    expect([B1(state).ended?.how, why(state)]).toEqual([how, reason]);
  });

  test('but with a time stands until that is over, and is not stuck', () => {
    const state = fold([...started(1), { ...block, worker: 'W1', ttlMs: 60_000 }, exit('W1', killed)]);
    expect([B1(state).ended, why(state)]).toEqual([undefined, undefined]);
  });
});

test('a block with a condition outlives its worker', () => {
  const state = fold([...started(2), { ...block, worker: 'W1', until: 'done:W2' }, exit('W1', { code: 0 })]);
  expect(B1(state).ended).toBeUndefined();
  fold([exit('W2', { code: 0 })], state, 10);
  expect(B1(state).ended?.how).toBe('until');
});

test('a planned worker after agreed: is not started by another decision', () => {
  const workers = [{ worker: 'W3', after: ['agreed:ship'] }];
  const state = fold([{ t: 'plan', run: 'R1', sha256: 'x', workers }, ballot, decide('abort')]);
  expect(state.workers.get('W3')).toMatchObject({ state: 'failed', problem: 'not started: a prerequisite failed' });
});

test('a long chain of planned workers fails at once', () => {
  const workers = Array.from({ length: 3000 }, (_, i) => ({ worker: `W${i}`, after: i === 0 ? [] : [`ok:W${i - 1}`] }));
  const state = fold([
    { t: 'plan', run: 'R1', sha256: 'x', workers },
    { t: 'spawn', worker: 'W0' },
    exit('W0', killed),
  ]);
  expect([...state.workers.values()].every((worker) => worker.state === 'failed')).toBe(true);
});

describe('a ring of waits', () => {
  const waiting = (until: string | string[], more: object = {}): object => ({ ...block, until, ...more });
  const planned = (after: Record<string, string[]>, guard?: object[]): object => ({
    t: 'plan',
    run: 'R1',
    sha256: 'x',
    workers: Object.entries(after).map(([worker, conditions]) => ({ worker, after: conditions, guard })),
  });
  const reasons = (state: SessionState): (string | undefined)[] =>
    [...state.blocks.values()].map((each) => stuckReason(state, each)?.why);
  const end = ': none of them can be the first to end';

  test.each<[name: string, lines: object[], reasons: (string | undefined)[]]>([
    ['of a block alone', [waiting('clear:B1')], ['B1 waits for its own end']],
    [
      'of two blocks',
      [waiting('clear:B2'), waiting('clear:B1')],
      [`B1 waits for B2, B2 waits for B1${end}`, `B2 waits for B1, B1 waits for B2${end}`],
    ],
    [
      'of three blocks, one of which waits for more',
      [waiting(['free:db', 'clear:B2']), waiting('clear:B3'), waiting('clear:B1'), waiting('done:W9')],
      [
        `B1 waits for B2, B2 waits for B3, B3 waits for B1${end}`,
        `B2 waits for B3, B3 waits for B1, B1 waits for B2${end}`,
        `B3 waits for B1, B1 waits for B2, B2 waits for B3${end}`,
        undefined,
      ],
    ],
    [
      'of a block and the planned worker that waits for it',
      [waiting('ok:W1'), planned({ W1: ['clear:B1'] })],
      [`B1 waits for W1, W1 waits for B1${end}`],
    ],
    [
      'of a guard and its worker',
      [planned({ W1: ['clear:B1'] }, [{ tool: 'Bash' }])],
      [`B1 waits for W1, W1 waits for B1${end}`],
    ],
    [
      'of planned workers, which no release of a block ends',
      [planned({ W1: ['ok:W2'], W2: ['done:W1'], W3: ['ok:W1'] }), waiting('done:W3'), waiting('clear:B1')],
      [`W2 waits for W1, W1 waits for W2${end}`, undefined],
    ],
    ['of a planned worker alone', [planned({ W1: ['done'] }), waiting('done:W1')], ['W1 waits for its own end']],
    [
      'of one that waits for its own success',
      [planned({ W1: ['ok'] }), waiting('ok:W1')],
      ['W1 waits for its own end'],
    ],
    [
      'of what waits for something else as well',
      [waiting(['free:W1', 'clear:B2']), planned({ W1: ['checkpoint:W1'] }), waiting(['decided:W1', 'clear:B1'])],
      [`B1 waits for B2, B2 waits for B1${end}`, `B2 waits for B1, B1 waits for B2${end}`],
    ],
    ['that a time ends', [waiting('clear:B2', { ttlMs: 60_000 }), waiting('clear:B1')], [undefined, undefined]],
    [
      'that only leads into one',
      [waiting('clear:B2'), waiting('clear:B3'), waiting('clear:B2')],
      [undefined, `B2 waits for B3, B3 waits for B2${end}`, `B3 waits for B2, B2 waits for B3${end}`],
    ],
    [
      'that was broken',
      [waiting('clear:B2'), waiting('clear:B1'), { t: 'unblock', block: 'B2', by: 'user' }],
      [undefined, undefined],
    ],
  ])('%s', (_name, lines, expected) => {
    const state = fold(lines);
    expect(reasons(state)).toEqual(expected);
    expect(reasons(decodeState(encodeState(state)) ?? state)).toEqual(expected);
  });

  test('goes to the person, and Claude is refused at once with the ring', () => {
    const state = fold([waiting('clear:B2'), waiting('clear:B1')]);
    expect(canHold(state, B1(state))).toBe(false);
    expect(view(state)).toMatchObject({ needsYou: true, stuck: { why: `B1 waits for B2, B2 waits for B1${end}` } });
    expect(blockReason(state, [B1(state)], T0, 'fermata')).toContain(`B1 waits for B2, B2 waits for B1${end}`);
    fold([{ t: 'unblock', block: 'B2', by: 'user' }], state, 20);
    expect(B1(state).ended?.how).toBe('until');
  });

  test('of six is named whole, of seven by its first six', () => {
    const ring = (size: number): string | undefined =>
      reasons(fold(Array.from({ length: size }, (_, i) => waiting(`clear:B${((i + 1) % size) + 1}`))))[0];
    const waits = [1, 2, 3, 4, 5].map((i) => `B${i} waits for B${i + 1}`).join(', ');
    expect(ring(6)).toBe(`${waits}, B6 waits for B1${end}`);
    expect(ring(7)).toBe(`${waits}, and so on, back to B1${end}`);
  });

  test('ends where another one in it is ended, and that is said; one that ended waits for nothing', () => {
    const state = fold([waiting('clear:B2'), waiting('clear:B1')]);
    expect(stuckReason(state, B1(state))?.remedy).toBe('another one in that ring is ended');
    expect(stuckReason(fold([waiting('clear:B1')]), B1(fold([waiting('clear:B1')])))?.remedy).toBeUndefined();
    const failed = fold([
      ...started(1),
      waiting('ok:W1'),
      exit('W1', killed),
      { t: 'unblock', block: 'B1', by: 'user' },
    ]);
    expect(stuckReason(failed, B1(failed))).toBeUndefined();
  });

  test('of 20,000 blocks is found as soon as one of two', () => {
    const ring = Array.from({ length: 20_000 }, (_, i) =>
      waiting(`clear:B${i === 19_999 ? 1 : i + 2}`, { worker: `W${i % 50}` }),
    );
    const state = fold(ring);
    const all = reasons(state);
    expect(all.every((reason) => reason?.endsWith(end))).toBe(true);
    expect(all[0]).toMatch(/^B1 waits for B2, B2 waits for B3, .*, and so on, back to B1:/);
  });
});
