import fc from 'fast-check';
import { expect, test } from 'vitest';
import { provableProblem } from '#core/plans/rules/provableProblem.ts';
import { awaitedCommands } from '#core/policy/shell/provenCommand.ts';

const word = fc.constantFrom(
  'npm',
  'test',
  '--',
  '-t',
  'src/a.ts',
  "'a|b'",
  '"c > d"',
  '"e\\"f"',
  'g\\;h',
  '*',
  'x=1',
  'time',
  'if',
  '!',
  'cd',
  '&',
  '|',

  ';',
  '>',
  '2>&1',
  '$HOME',
  '"$X"',
  '`x`',
  '$(x)',
  '{',
  '}',
  "'",
  '"',
  '\n',
  '&&',
  '||',
  'CI=1',
  '#',
  '<<E',
  '[[',
  '~',
);
const command = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));

test('no command is refused as one that can never be shown which the parser of commands could wait for', () => {
  const counts = { refused: 0, taken: 0, late: 0 };
  fc.assert(
    fc.property(command, (text) => {
      const isReadable = awaitedCommands(text.trim(), '/') !== undefined;
      const problem = provableProblem(`proven:${text}`);
      if (text.trim() === '') return;
      if (isReadable) expect([text, problem]).toEqual([text, undefined]);
      if (problem !== undefined) counts.refused++;
      else if (isReadable) counts.taken++;
      else counts.late++;
    }),
    { numRuns: 20_000 },
  );
  // and nearly all others are
  expect(counts.taken).toBeGreaterThan(500);
  expect(counts.late).toBeLessThan(counts.refused / 20);
});
