import { expect, test } from 'vitest';
import { formatDuration, formatEstimate, formatRemaining, parseDuration } from '#protocol/duration.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

test.each([
  [-1, '0 s'],
  [999, '0 s'],
  [89.9 * SECOND, '89 s'],
  [90 * SECOND, '1 min'],
  [HOUR - 1, '59 min'],
  [HOUR, '1 h'],
  [HOUR + 20.9 * MINUTE, '1 h 20 min'],
  [24 * HOUR - 1, '23 h 59 min'],
  [24 * HOUR, '1 d'],
  [51.9 * HOUR, '2 d 3 h'],
])('%d ms that have passed are at least %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [1, '1 s'],
  [89.1 * SECOND, '90 s'],
  [91 * SECOND, '2 min'],
  [HOUR - 1, '1 h'],
  [HOUR + 1, '1 h 1 min'],
])('of %d ms that are left at most %s are', (ms, text) => {
  expect(formatRemaining(ms)).toBe(text);
});

test('an estimate is rounded to the nearest, and each language has its own texts', () => {
  expect([1400, 1600, 100 * SECOND].map((ms) => formatEstimate(ms))).toEqual(['1 s', '2 s', '2 min']);
  const texts = { seconds: String, minutes: String, hours: (h: number, m: number) => `${h}:${m}`, days: String };
  expect(formatDuration(HOUR + MINUTE, texts)).toBe('1:1');
});

test.each([
  ['30s', 30_000],
  ['5m', 300_000],
  ['5min', 300_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['500ms', 500],
  ['2', 2000],
  ['', undefined],
  ['-1s', undefined],
  ['1 h', undefined],
])('%j is read as %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['30s', 30_000],
  ['9199254740993s', 1e13],
  ['9'.repeat(400), 1e13],
  ['1e9s', undefined],
])('%s is a duration that the log takes', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
