import { expect, test } from 'vitest';
import { shortId } from '#core/session/shortId.ts';

test('an id is cut to eight characters, and less where others begin alike', () => {
  const ids = ['0123456789ab', '0123456789cd', 'fedcba9876543210', 'short'];
  expect(ids.map((id) => shortId(id, ids))).toEqual(['0123456789a', '0123456789c', 'fedcba98', 'short']);
});

test('an id that another one begins with is given whole', () => {
  const ids = ['session-1', 'session-10'];
  expect(ids.map((id) => shortId(id, ids))).toEqual(['session-1', 'session-10']);
});
