import { expect, test } from 'vitest';
import { ellipsize, shortId, truncate } from '#core/base/text.ts';

test('an id is cut to eight characters, and less where others begin alike', () => {
  const ids = ['0123456789ab', '0123456789cd', 'fedcba9876543210', 'short'];
  expect(ids.map((id) => shortId(id, ids))).toEqual(['0123456789a', '0123456789c', 'fedcba98', 'short']);
});

test('an id that another one begins with is given whole', () => {
  const ids = ['session-1', 'session-10'];
  expect(ids.map((id) => shortId(id, ids))).toEqual(['session-1', 'session-10']);
});

test('a text is cut between characters, never inside a surrogate pair', () => {
  expect(['abc', 'abcd', 'ab🎵', 'abc🎵'].map((text) => truncate(text, 3))).toEqual(['abc', 'abc', 'ab', 'abc']);
  expect(truncate('🎵🎵🎵', 4)).toBe('🎵🎵');
  for (let max = 0; max <= 9; max++) {
    const text = truncate('a🎵b🎵🎵c', max);
    expect(text.length).toBeLessThanOrEqual(max);
    expect(Buffer.from(text).toString()).toBe(text);
  }
});

test('what was cut is marked', () => {
  expect(['abc', 'abcd', 'ab🎵'].map((text) => ellipsize(text, 3))).toEqual(['abc', 'abc…', 'ab…']);
});
