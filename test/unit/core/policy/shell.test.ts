import { describe, expect, test } from 'vitest';
import type { Fit } from '#core/policy/match/match.ts';
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
  test.each(expectations)('%s: %s', (verdict, expected) => {
    const cases = corpus.filter((each) => each.verdict === verdict);
    const wrong = cases.filter(({ pattern, command }) => !expected.includes(fit(pattern, command)?.kind));
    expect(wrong.map(({ pattern, command }) => `${pattern}: ${command.slice(0, 200)}`)).toEqual([]);
  });
  test('it has at least 700 commands', () => expect(corpus.length).toBeGreaterThanOrEqual(700));
});
