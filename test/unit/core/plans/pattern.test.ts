import { describe, expect, it, test } from 'vitest';
import { PatternError, PatternSearch } from '#core/plans/rules/pattern.ts';
import { readPattern } from '#core/plans/rules/patternSyntax.ts';
import { matchRules } from '#core/plans/rules/promptRules.ts';
import { parseRules, rulesFromSetting } from '#core/plans/rules/rules.ts';

/** Patterns that would take years on a few dozen letters, some of them on an empty text. */
const ENDLESS = ['(?:a?|b?){60}(?!)', '(?:a*)*b', '((a{0,100}){0,100}){0,100}b', '^(?:a|a)*c', '^(?:a+a+)+b'];
const PROMPT = 'a'.repeat(5000);
const search = (pattern: string, text: string) => new PatternSearch(text).search(pattern);

it('finds named groups, those without a value as an empty text', () => {
  expect(search('a(?<x>b)?(?<y>c)', 'zAC')).toEqual({ x: '', y: 'C' });
  expect(search('a', 'b')).toBeUndefined();
  expect(search('(?<=pre)(?<__proto__>x)(?!y)', 'prexz')).toEqual(JSON.parse('{"__proto__":"x"}'));
});

test.each(ENDLESS)('%s is stopped', (pattern) => {
  expect(() => search(pattern, PROMPT)).toThrow(PatternError);
});

it('ends for all patterns of a prompt together, names those that were stopped or not tried, and runs the others', () => {
  const rule = (name: string, prompt: string) => ({ name, prompt, workers: [{ run: ['true'] }] });
  const slow = Array.from({ length: 40 }, (_, i) => rule(`slow ${i}`, ENDLESS[i % ENDLESS.length] ?? ''));
  const started = process.cpuUsage();
  const { matches, problems } = matchRules([rule('first', 'a'), ...slow, rule('last', 'a')], PROMPT);
  expect((process.cpuUsage(started).user + process.cpuUsage(started).system) / 1000).toBeLessThan(1500);
  expect(matches.map(({ rule: { name } }) => name)).toEqual(['first']);
  expect(problems).toHaveLength(41);
  expect(problems[0]).toMatch(/^slow 0: its pattern takes too long on this prompt .* make it simpler/);
  expect(problems.at(-1)).toMatch(/^last: its pattern was not tried/);
  expect(matchRules([slow[0] as never, rule('last', 'a')], PROMPT).matches).toHaveLength(1);
});

describe('a pattern that nobody has approved is read without running it', () => {
  test.each(ENDLESS)('%s', (pattern) => {
    expect(readPattern(pattern)).toEqual({ groups: [] });
    const rules = Array.from({ length: 500 }, (_, i) => ({
      name: `r${i}`,
      prompt: pattern,
      workers: [{ run: ['x'] }],
    }));
    expect(parseRules(JSON.stringify({ version: 1, rules }))).toMatchObject({ problems: [], rules: { length: 500 } });
    expect(rulesFromSetting({ [pattern]: 'true' }).problems).toEqual([]);
  });

  test.each([
    ['(?<one>a)|(?<two>b)', ['one', 'two']],
    ['(?<=a)(?<!b)(?:c)(?<$x_1>d)', ['$x_1']],
    ['\\(?<no>\\\\(?<yes>a)', ['yes']],
    ['[(?<no>)\\](?<no2>](?<yes>a)', ['yes']],
    ['(?<outer>a(?<inner>b))', ['outer', 'inner']],
  ])('the groups of %s', (pattern, groups) => {
    expect(readPattern(pattern)).toEqual({ groups });
    // as V8 has them
    expect(Object.keys(new RegExp(`${pattern}|`).exec('')?.groups ?? {})).toEqual(groups);
  });

  test.each([
    ['(', 'the pattern "(" is not a regular expression'],
    ['a'.repeat(1001), 'the pattern has 1001 characters; at most 1000 are allowed'],
    [`${'('.repeat(51)}${')'.repeat(51)}`, 'the pattern has 51 groups in each other; at most 50 are allowed'],
  ])('%s cannot be used', (pattern, problem) => expect(readPattern(pattern)).toEqual({ problem }));
});
