import { expect, it } from 'vitest';
import { groupsOf, search, SlowPatternError } from '#core/plans/rules/pattern.ts';

it('finds named groups, those without a value as an empty text', () => {
  expect(search('a(?<x>b)?(?<y>c)', 'zAC')).toEqual({ x: '', y: 'C' });
  expect(search('a', 'b')).toBeUndefined();
  expect(groupsOf('(?<one>a)|(?<two>b)')).toEqual(['one', 'two']);
  expect(groupsOf('(')).toBeUndefined();
});

it('stops a pattern that would never end', () => {
  expect(() => search('(a+)+$', `${'a'.repeat(60)}b`, 100)).toThrow(SlowPatternError);
});
