import { describe, expect, test } from 'vitest';
import { matches, type Fit } from '#core/policy/match/match.ts';
import { fitCommand } from '#core/policy/shell/commandPattern.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import { shellCorpus } from '#test/lib/shellCorpus.ts';

const PLACE = { cwd: '/project', root: '/project' };
const fit = (pattern: string, command: string): Fit | undefined => fitCommand(pattern, readCommand(command), PLACE);

describe('the corpus of commands, which a real bash has checked', () => {
  const corpus = shellCorpus('/stubs', () => '/project');
  const expectations: [string, (Fit['kind'] | undefined)[]][] = [
    ['runs', ['runs']],
    ['could', ['runs']],
    ['unread', ['might']],
    ['broken', ['runs', 'might']],
    ['free', [undefined]],
    ['passes', [undefined]],
  ];
  /** So many at once that a change of a few lines of the reader needs a few of the tests. */
  const SOME = 15;
  const parts = expectations.flatMap(([verdict, expected]) => {
    const cases = corpus.filter((each) => each.verdict === verdict);
    const count = Math.ceil(cases.length / SOME);
    return Array.from({ length: count }, (_, i) => ({
      name: `${verdict} ${i + 1} of ${count}`,
      cases: cases.slice(i * SOME, (i + 1) * SOME),
      expected,
    }));
  });
  test.each(parts)('$name', ({ cases, expected }) => {
    const wrong = cases.filter(({ pattern, command }) => !expected.includes(fit(pattern, command)?.kind));
    expect(wrong.map(({ pattern, command }) => `${pattern}: ${command.slice(0, 200)}`)).toEqual([]);
  });
  test('it has at least 700 commands', () => expect(corpus.length).toBeGreaterThanOrEqual(700));
});

describe('a hostile command', () => {
  const N = 90_000;
  const fill = (unit: string): string => unit.repeat(Math.ceil(N / unit.length));
  test.each([
    '(',
    '$(',
    '"$(',
    '`',
    '${a:-',
    '$((',
    '[[ ( ',
    '<(',
    '<<A ',
    'cat <<A\n',
    'if ',
    'case x in ',
    'f() ',
    '{a,b}',
    '{1..9}',
    'x=$x$x;',
    'x=$x$x; $x;',
    'eval ',
    'sudo ',
    'echo x|sh;',
    'G=$G eval ',
    'x=$(echo $x$x);',
    '"" ',
    ')\n',
    '*?',
    "'",
    'a ',
    'git merge f;',
  ])('of %j over and over is read in a few hundredths of a second, and held for its words', (unit) => {
    readCommand(fill('warm '));
    const text = `${fill(unit)}\ngit merge f`;
    const started = process.cpuUsage();
    expect(fit('git merge*', text)).toBeDefined();
    // twenty times as long as it takes, on a machine that does ten things at once
    expect(process.cpuUsage(started).user).toBeLessThan(1_500_000);
  });
  test('of a megabyte is not given to the parser', () => {
    expect(fit('git merge*', `${'x '.repeat(500_000)}; git merge f`)).toEqual({
      kind: 'might',
      reason: 'it is longer than 100000 characters',
    });
    expect(fit('git merge*', 'x '.repeat(500_000))).toBeUndefined();
  });
});

test.each([
  ['Task', 'Agent', true],
  ['Agent', 'Task', true],
  ['Read|Task', 'Agent', true],
  ['Task', 'TaskCreate', false],
  ['Agent', 'Read', false],
])('a matcher %s holds a call of %s: %s', (tool, called, expected) => {
  expect(matches({ tool }, { tool: called, input: {}, cwd: '/' }, '/')).toBe(expected);
});
