import { expect, test } from 'vitest';
import { heldDone } from '#core/policy/heldDone.ts';
import { fold, started, T0 } from '#test/unit/core/fold/world.ts';

const OF = 'proven:npm test';
const block = (more: object = {}): object => ({
  t: 'hook',
  worker: 'user',
  event: 'TaskCompleted',
  exit: 2,
  message: 'test first',
  until: OF,
  ...more,
});
const passed = { t: 'ran', of: OF, code: 0, ms: 5 };
const HELD = true;
const FREE = false;

test.each<[string, object[], boolean]>([
  ['is held while it waits for a proof', [block()], HELD],
  ['is free once that is there', [block(), passed], FREE],
  ['is held again after an edit', [block(), passed, { t: 'edited', path: 'a.ts' }], HELD],
  ['is held where another condition holds and the proof is missing', [block({ until: ['done:W2', OF] })], HELD],
  [
    'is free where the proof is there and only another condition is missing',
    [block({ until: ['done:W2', OF] }), passed],
    FREE,
  ],
  ['is free of a block without a proof', [block({ until: 'done:W2' })], FREE],
  ['is free of a block of another event', [block({ event: 'Stop' })], FREE],
  ['is free once the person has ended it', [block(), { t: 'unblock', block: 'B1', by: 'user' }], FREE],
  ['is free once its time is over', [block({ ttlMs: 1000 })], FREE],
  ['is held by a block that names it', [block({ match: { agent: 'W1' } })], HELD],
  ['is free of a block that names another one', [block({ match: { agent: 'W2' } })], FREE],
])('what a worker calls done %s', (_what, events, isHeld) => {
  const blocks = heldDone(fold([...started(2), ...events]), 'W1', T0 + 60_000);
  expect(blocks.map(({ id }) => id)).toEqual(isHeld ? ['B1'] : []);
});
