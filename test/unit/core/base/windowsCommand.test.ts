import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchCommand, PERCENT } from '#core/base/shellQuote.ts';
import { startable } from '#core/base/windowsCommand.ts';

const NODE = String.raw`C:\Program Files\nodejs`;
const ENV = { Path: String.raw`relative;C:\none;"${NODE}";C:\bin`, SystemRoot: String.raw`C:\Windows` };
const PROJECT = String.raw`C:\proj`;
const FILES = [
  `${NODE}\\npm.cmd`,
  `${NODE}\\node.exe`,
  `${NODE}\\npm`,
  String.raw`C:\bin\both.exe`,
  String.raw`C:\bin\both.cmd`,
  String.raw`C:\bin\100%.cmd`,
  String.raw`C:\proj\npm.cmd`,
  String.raw`C:\proj\tools\check.bat`,
  String.raw`C:\proj\relative\npm.cmd`,
];
const isThere = (path: string): boolean => FILES.some((file) => file.toLowerCase() === path.toLowerCase());
const start = (command: string[], env: Record<string, string> = ENV) =>
  startable(command, env, PROJECT, 'win32', isThere);

test.each([
  [['npm', 'test'], `""${NODE}\\npm.cmd" "test""`],
  [['NPM.CMD', 'a b'], `""${NODE}\\NPM.CMD" "a b""`],
  [['tools/check', ''], String.raw`""C:\proj\tools\check.bat" """`],
  [[String.raw`.\tools\check.bat`], String.raw`""C:\proj\tools\check.bat""`],
  [['100%'], `""C:\\bin\\100%${PERCENT}%.cmd""`],
])('%j is run by cmd.exe, as %s', (command, text) => {
  const { program, args, options } = start(command);
  expect(program).toBe(String.raw`C:\Windows\System32\cmd.exe`);
  expect(args.map((arg) => arg.toLowerCase())).toEqual(['/d', '/e:on', '/v:off', '/s', '/c', text.toLowerCase()]);
  expect(options).toEqual({ env: { ...ENV, [PERCENT]: '%' }, windowsVerbatimArguments: true });
});

test.each([
  [['node', 'a"b'], `${NODE}\\node.exe`],
  [['both'], String.raw`C:\bin\both.exe`],
])('%j is a program, which Windows starts itself', (command, path) => {
  expect(start(command)).toEqual({ program: path, args: command.slice(1), options: { env: ENV } });
});

test('what is not found is left to the system, which reports that', () => {
  expect(start(['nothing', 'x'])).toEqual({ program: 'nothing', args: ['x'], options: { env: ENV } });
  expect(start([])).toEqual({ program: '', args: [], options: { env: ENV } });
});

test('the endings are those of PATHEXT, as far as they are programs', () => {
  expect(start(['both'], { ...ENV, PATHEXT: '.JS;.CMD' }).args.at(-1)).toContain(String.raw`C:\bin\both.cmd`);
  expect(start(['npm'], { ...ENV, PATHEXT: '.JS' }).program).toBe('npm');
});

test('a line break, which would end the line of cmd.exe, is refused', () => {
  for (const text of ['a\nb', 'a\r', '\n&calc'])
    expect(() => start(['npm', text])).toThrow('cmd.exe, which runs npm.cmd, takes no line break in an argument');
});

test('elsewhere a command is what it is', () => {
  const command = ['npm', '100%', 'a\nb'];
  const here = startable(command, { PATH: '/bin' }, '/proj', 'linux', () => true);
  expect(here).toEqual({ program: 'npm', args: command.slice(1), options: { env: { PATH: '/bin' } } });
});

const word = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...'"\\%^&|<>()! a;,='.split('')) }),
  )
  .filter((text) => !/[\r\n\0]/.test(text));

test('what cmd.exe and a .cmd file that hands it on make of it is the same words', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const line = expand(batchCommand(words));
      expect(unquoted(line)).not.toMatch(/[&|<>^()%!]/);
      expect(programWords(line)).toEqual(words);
    }),
    { numRuns: 2000 },
  );
});

/** What cmd.exe makes of the text first: values in place of variables, here of all that a variable may be named by. */
function expand(text: string): string {
  return text.replaceAll(/%([^%]*)%/g, (_, name: string) => (name === PERCENT ? '%' : 'VALUE'));
}

/** What is outside of quotes, where cmd.exe finds operators. It knows no escape of a quote. */
const unquoted = (line: string): string => line.replaceAll(/"[^"]*"/g, '');

/** How a program of Windows splits its command line. */
function programWords(line: string): string[] {
  const words: string[] = [];
  for (let at = 0; at < line.length;) {
    if (line[at] === ' ') {
      at++;
      continue;
    }
    let text = '';
    let isQuoted = false;
    for (; at < line.length && (isQuoted || line[at] !== ' ');) {
      const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
      at += slashes;
      if (line[at] !== '"') {
        text += '\\'.repeat(slashes);
        if (slashes === 0) text += line[at++];
        continue;
      }
      text += '\\'.repeat(slashes >> 1);
      if (slashes % 2 === 1) {
        text += '"';
        at++;
      } else if (isQuoted && line[at + 1] === '"') {
        text += '"';
        at += 2;
      } else {
        isQuoted = !isQuoted;
        at++;
      }
    }
    words.push(text);
  }
  return words;
}

test('the model of Windows splits as documented', () => {
  expect(programWords(String.raw`"a""b" a\\"b c" "d\\" e\"f`)).toEqual(['a"b', String.raw`a\b c`, 'd\\', 'e"f']);
});
