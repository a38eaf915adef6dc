import { expect, test } from 'vitest';
import { COLLISION_MS } from '#core/fold/collisions.ts';
import type { Collision, SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

const collision = (ms: number, more: object = {}): object => ({
  t: 'collision',
  worker: 'a1',
  other: 'a2',
  file: '/p/a.ts',
  ts: T0 + ms,
  ...more,
});
const collisions = (state: SessionState): Collision[] => [...state.collisions.values()];
const dismiss = (ref: number): object => ({ t: 'dismiss', ref, by: 'user', ts: T0 });

test('whichever of the two reports it, a collision of one session is one; with another session each is its own', () => {
  const turned = { worker: 'a2', other: 'a1' };
  expect(collisions(fold([collision(0), collision(1, turned)]))).toEqual([
    { pos: 0, file: '/p/a.ts', worker: 'a1', other: 'a2', dismissed: false, lastTs: T0 + 1 },
  ]);
  const others = [
    { file: '/p/b.ts' },
    { file: '/p/a.tsa', worker: '1' },
    { other: 'a3' },
    { session: 's2' },
    { session: 's3' },
    { ...turned, session: 's2' },
  ];
  const state = fold([collision(0), ...others.map((more) => collision(0, more))]);
  expect(collisions(state)).toHaveLength(7);
  expect(collisions(state).map(({ session = '' }) => session)).toEqual(['', '', '', '', 's2', 's3', 's2']);
});

test('a report within ten minutes goes on with the same one, dismissed as it is; a later one begins another', () => {
  const state = fold([collision(0), dismiss(0), collision(COLLISION_MS)]);
  expect(collisions(state)).toMatchObject([{ pos: 0, dismissed: true, lastTs: T0 + COLLISION_MS }]);
  // a clock that is behind shortens nothing
  fold([collision(5)], state, 5);
  expect(collisions(state)).toMatchObject([{ lastTs: T0 + COLLISION_MS }]);
  fold([collision(2 * COLLISION_MS + 1)], state, 6);
  expect(collisions(state)).toMatchObject([{ pos: 600, dismissed: false }]);
});

test('those that are over make room, and of very many the oldest go', () => {
  const other = { file: '/p/b.ts' };
  expect(collisions(fold([collision(0), collision(COLLISION_MS, other)]))).toHaveLength(2);
  expect(collisions(fold([collision(0), collision(COLLISION_MS + 1, other)]))).toMatchObject([{ file: '/p/b.ts' }]);
  const state = fold(Array.from({ length: 130 }, (_, i) => collision(i, { file: `/p/${i}` })));
  expect(collisions(state).map(({ file }) => file)).toEqual(Array.from({ length: 100 }, (_, i) => `/p/${i + 30}`));
});

test('the person dismisses what they see, and nothing else', () => {
  const notice = { t: 'log', level: 'warn', message: 'disk', ts: T0 };
  const state = fold([notice, { ...notice, message: 'net' }, collision(0), collision(0, { file: '/p/b.ts' })]);
  fold([dismiss(100), dismiss(300), dismiss(999)], state, 10);
  expect(state.notices.map(({ text }) => text)).toEqual(['disk']);
  expect(collisions(state).map(({ dismissed }) => dismissed)).toEqual([false, true]);
});
