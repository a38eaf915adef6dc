import { expect, test } from 'vitest';
import { isDeep, prune, tooDeepAt } from '#core/base/depth.ts';

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

test('the first bracket that nests too deep is found', () => {
  expect(tooDeepAt(nested(100), 100)).toBeUndefined();
  expect(tooDeepAt(`{"a": ${nested(100)}}`, 100)).toBe(6 + 99);
  expect(tooDeepAt('['.repeat(1_000_000), 100)).toBe(100);
});

test('brackets in texts and side by side do not nest', () => {
  expect(isDeep(JSON.stringify('[{"\\'.repeat(5000)))).toBe(false);
  expect(isDeep(`[${'[],'.repeat(5000)}[]]`)).toBe(false);
});

test('what nests too deep becomes null, and all else stays', () => {
  const value = JSON.parse(`{"a":${nested(100_000)},"b":{"c":[1,"x",null]}}`) as object;
  prune(value, 10);
  expect(isDeep(JSON.stringify(value), 11)).toBe(false);
  expect(value).toMatchObject({ b: { c: [1, 'x', null] } });
});
