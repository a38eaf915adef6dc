import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { parse } from 'unbash';
import { expect, test } from 'vitest';
import { powerShellWords } from '#core/policy/shell/powerShellWords.ts';
import { shellCommand, shellQuote } from '#core/base/shellQuote.ts';

const SPECIAL = '\'"\\$`!&|;<>(){}[]*?#~=%^ \t\n\r\u00a0\u2028\u3000aé';
/** Words with everything that a shell has a meaning for; no null character, which no argument can have. */
const word = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...SPECIAL.split(''), '😀'), maxLength: 12 }),
  )
  .filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);

test.each([
  ['', "''"],
  ['/home/me/.fermata/bin/fermata', '/home/me/.fermata/bin/fermata'],
  ['/home/a b', "'/home/a b'"],
  [`it's`, String.raw`'it'\''s'`],
  ['a=b', "'a=b'"],
  ['~me', "'~me'"],
])('%j is quoted as %s', (text, quoted) => expect(shellQuote(text)).toBe(quoted));

test('the parser reads back the same words', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const { commands, errors } = parse(shellCommand(words, 'sh'));
      const [statement] = commands;
      const command = statement?.command;
      expect(commands.length).toBe(1);
      expect(errors ?? []).toEqual([]);
      expect(
        command?.type === 'Command' && [command.name, ...command.suffix].map((w) => w?.type === 'Word' && w.value),
      ).toEqual(words);
    }),
    { numRuns: 1000 },
  );
});

test.each(['sh', 'bash'])('%s reads back the same words', (shell) => {
  const words = fc.sample(word, 3000);
  const script = words.map((each) => `printf '%s\\0' ${shellQuote(each)}\n`).join('');
  const printed = execFileSync(shell, [], { input: script, encoding: 'utf8', env: { PATH: process.env['PATH'] } });
  expect(printed.split('\0').slice(0, -1)).toEqual(words);
});

test.each([
  [['C:\\Users\\Jo Doe\\fermata.cmd', 'wait', 'clear:B1'], "& 'C:\\Users\\Jo Doe\\fermata.cmd' wait clear:B1"],
  [["it's", 'a,b', '@x', '-Foo', '--now', '$x', ''], "& 'it''s' 'a,b' '@x' -Foo --now '$x' ''"],
  // each of these ends a text, too
  [['/a/b', 'a\u2019; rm x; \u2018b'], "& /a/b 'a\u2019\u2019; rm x; \u2018\u2018b'"],
])('for PowerShell %j is %s', (words, text) => expect(shellCommand(words, 'powershell')).toBe(text));

test('what is written for PowerShell is read back, where it has no curly quotes and is one line', () => {
  const line = word.filter((text) => !/[\n\r\u2018-\u201b]/.test(text));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (words) => {
      expect(powerShellWords(shellCommand(words, 'powershell'))?.map(({ text }) => text)).toEqual(words);
    }),
    { numRuns: 1000 },
  );
});
