import { describe, expect, test } from 'vitest';
import { dueExpiries } from '#core/fold/expiries.ts';
import { fold, T0 } from './world.ts';

const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, ttlMs: 5000 };
const lease = { t: 'acquire', worker: 'W1', resource: 'db', id: 'a', ttlMs: 5000, wait: true };
const ballot = { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2'], deadlineMs: 5000 };
const { ttlMs: _1, ...untimedBlock } = block;
const { ttlMs: _2, ...untimedLease } = lease;
const { deadlineMs: _3, ...untimedBallot } = ballot;
const due = (events: object[], ms: number) => dueExpiries(fold(events), T0 + ms);

describe.each<[what: string, event: object, ref: string]>([
  ['block', block, 'B1'],
  ['lock', lease, 'a'],
  ['ballot', ballot, 'ship'],
])('the time of a %s', (what, event, ref) => {
  test('is over with its last millisecond, and then reported with the line that was seen', () => {
    expect(due([event], 4999)).toEqual([]);
    expect(due([event], 5000)).toEqual([{ t: 'expire', what, ref, seen: 0 }]);
    // a host that is known reports as itself
    expect(dueExpiries(fold([event]), T0 + 5000, () => 'gpu1')).toEqual([
      { t: 'expire', what, ref, seen: 0, host: 'gpu1' },
    ]);
  });
});

test.each<[string, object[]]>([
  ['blocks, leases and ballots without a time', [untimedBlock, untimedLease, untimedBallot]],
  ['a block that has ended', [block, { t: 'unblock', block: 'B1', by: 'user' }]],
  ['a lease that was given back', [lease, { t: 'release', worker: 'W1', resource: 'db' }]],
  ['a ballot that is decided', [ballot, { t: 'decide', ballot: 'ship', decision: 'proceed', by: 'user' }]],
  ['what is over by the log', [block, { t: 'expire', what: 'block', ref: 'B1', seen: 0, ts: T0 + 5000 }]],
])('%s: no time is over, however late it is', (_what, events) => {
  expect(due(events, 1e9)).toEqual([]);
});

test('what was renewed is due by its last renewal, and each that waits in a queue by its own', () => {
  const [later, other] = [
    { ...lease, ts: T0 + 3000 },
    { ...lease, worker: 'W2', id: 'b', ts: T0 + 1000 },
  ];
  expect(due([lease, other, later], 7999).map(({ ref }) => ref)).toEqual(['b']);
  expect(due([lease, other, later], 8000).map(({ ref, seen }) => [ref, seen])).toEqual([
    ['a', 200],
    ['b', 100],
  ]);
  const renewed = [
    { ...block, key: 'k' },
    { ...block, key: 'k', ts: T0 + 3000 },
  ];
  expect(due(renewed, 7999)).toEqual([]);
  expect(due(renewed, 8000)).toMatchObject([{ ref: 'B1', seen: 100 }]);
});
