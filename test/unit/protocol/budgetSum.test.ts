import { describe, expect, test } from 'vitest';
import { formatSpent, formatSum, parseSum, writeSum } from '#protocol/budgetSum.ts';

describe('a sum', () => {
  test.each([
    ['2M', 'tokens', 2_000_000, '2M tokens'],
    ['500k', 'tokens', 500_000, '500k tokens'],
    ['1.25M', 'tokens', 1_250_000, '1.25M tokens'],
    ['$5', 'usd', 5, '$5'],
    ['$0.50', 'usd', 0.5, '$0.50'],
    ['30m', 'ms', 1_800_000, '30 min'],
    ['1h', 'ms', 3_600_000, '1 h'],
    ['90s', 'ms', 90_000, '2 min'],
  ])('%s', (text, unit, amount, shown) => {
    const sum = parseSum(text) ?? expect.fail();
    expect(sum).toEqual({ unit, amount });
    if (text !== '90s') expect(formatSum(sum)).toBe(shown);
    if (text !== '90s') expect(parseSum(writeSum(sum))).toEqual(sum);
  });
  test.each([
    '',
    '0',
    '0k',
    '$0',
    '0m',
    '2',
    '2000000',
    '2m2',
    '2 M',
    '-2M',
    '2K',
    '2G',
    '$',
    '5$',
    '$5.123',
    '1e6',
    '2M ',
    '٣M',
    '1h30m',
  ])('%s is none', (text) => expect(parseSum(text)).toBeUndefined());
  test('what is spent of it names the unit once', () => {
    expect(formatSpent(2_100_000, { unit: 'tokens', amount: 2_000_000 })).toBe('2.1M of 2M tokens');
    expect(formatSpent(999, { unit: 'tokens', amount: 1000 })).toBe('999 of 1k tokens');
    expect(formatSpent(5.2, { unit: 'usd', amount: 5 })).toBe('$5.20 of $5');
    expect(formatSpent(1_860_000, { unit: 'ms', amount: 1_800_000 })).toBe('31 min of 30 min');
  });
});
