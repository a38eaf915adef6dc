import { expect, test } from 'vitest';
import { shellQuote } from '#core/base/shellQuote.ts';
import { isExemptCall, isExemptCommand } from '#core/policy/shell/exemptCommand.ts';

// What a blocked Claude may always run is Fermata's own command alone, whatever stands before, behind or in it.

const HOME = '/home/me/.fermata';
const CLI = `${HOME}/bin/fermata`;
const isExempt = (command: string): boolean => isExemptCommand(command, CLI);

test.each([
  ['a second command', '; id', ' ;id', ';', ' && id', ' || id', ' | id', ' |& id', ' & id', ' &', ' 2>&1 | id'],
  ['a redirection', ' > x', ' >> x', ' 2>&1', ' < x', ' <<< x', ' &> x', ' >| x'],
  ['a comment or a group', ' # x', ' (id)', ' )'],
  ['a command in an argument', ' `id`', ' "`id`"', ' a`id`', ' $(id)', ' "$(id)"', ' <(id)', ' >(id)'],
  ['an expansion', ' $HOME', ' "$HOME"', ' ${x}', ' $((1))', ' "$((1))"', ' {a,b}', ' ~', ' ~root', ' *', ' ?', ' [a]'],
  ['a spelling of a shell', " $'a'", ' $"a"', " x$'a'", ' !(a)', ' +(a)', ' @(a|b)'],
  ['an end that is missing', ' "a', " 'a", ' $(', ' `', ' "$(id'],
])('with %s it is not: %s', (_what, ...ends) => {
  for (const verb of ['status', 'wait done:W1', 'resolve B1', 'resolve B1 text'])
    for (const end of ends) expect(isExempt(`${CLI} ${verb}${end}`), `${verb}${end}`).toBe(false);
});

test.each([
  ['another program first', 'id; ', 'id && ', 'id | ', '! ', 'time ', 'exec ', '( ', '{ ', 'if ', '`id` ', '$(id) '],
  ['an assignment or a redirection first', 'X=1 ', '>x ', '<x ', 'X=`id` ', 'X=$(id) '],
])('with %s it is not: %s', (_what, ...starts) => {
  for (const start of starts) expect(isExempt(`${start}${CLI} status`), start).toBe(false);
});

test('one free text is for resolve alone, and is written as a text', () => {
  for (const text of ['"it is done; really"', "'it `is` done'", String.raw`"a \`quoted\` word"`, String.raw`it\;is`]) {
    expect(isExempt(`${CLI} resolve B1 ${text}`), text).toBe(true);
    expect(isExempt(`${CLI} resolve B1 ${text} ${text}`), text).toBe(false);
    for (const verb of ['wait', 'status']) expect(isExempt(`${CLI} ${verb} ${text}`), text).toBe(false);
  }
  // quoted, and plain all the same
  for (const verb of ['wait', 'status']) expect(isExempt(`${CLI} ${verb} 'done:W1'`)).toBe(true);
});

test('a line may end in the path of the program, and nowhere else', () => {
  const cli = "/home/it's\nme/.fermata/bin/fermata";
  const program = shellQuote(cli);
  expect(isExemptCommand(`${program} wait clear:B1`, cli)).toBe(true);
  for (const command of [`${program} wait\nclear:B1`, `${program} wait clear:B1\nid`, `id\n${program} status`])
    expect(isExemptCommand(command, cli), command).toBe(false);
  expect(isExemptCommand(`${program} wait clear:B1 ${program}`, cli)).toBe(false);
});

test('the verb stands there as it is, and is one of three', () => {
  for (const verb of ["'status'", '"wait"', String.raw`stat\us`, 'st""atus', 'unblock', 'release-block', 'abort', ''])
    expect(isExempt(`${CLI} ${verb} B1`), verb).toBe(false);
  for (const text of [CLI, 'X=1', '>x', '']) expect(isExempt(text), text).toBe(false);
});

test('what the parser does not read is not', () => {
  for (const text of ['$('.repeat(9000), '('.repeat(19_000), '`'.repeat(9001)])
    expect(isExempt(`${CLI} resolve B1 ${text}`)).toBe(false);
});

test('what is longer than a text of a resolution may be is not read', () => {
  const command = (length: number): string => `${CLI} resolve B1 "${'a'.repeat(length - CLI.length - 14)}"`;
  expect(command(20_000)).toHaveLength(20_000);
  expect([isExempt(command(20_000)), isExempt(command(20_001))]).toEqual([true, false]);
});

const inPowerShell = (words: string): boolean => isExemptCall('PowerShell', `& '${CLI}' ${words}`, HOME, 'linux');

test('in PowerShell, too, it is one of three verbs as it is, and a free text is for resolve alone', () => {
  for (const verb of ['wait', 'status', 'resolve']) expect(inPowerShell(`${verb} B1`), verb).toBe(true);
  for (const verb of ["'status'", '"wait"', 'unblock', 'release-block', 'abort', 'STATUS']) {
    expect(inPowerShell(`${verb} B1`), verb).toBe(false);
  }
  expect(inPowerShell("resolve B1 'it is done'")).toBe(true);
  expect(inPowerShell("resolve B1 'it is' 'done'")).toBe(false);
  for (const verb of ['wait', 'status']) {
    expect(inPowerShell(`${verb} 'done W1'`), verb).toBe(false);
    expect(inPowerShell(`${verb} 'done:W1'`), verb).toBe(true);
  }
  expect(inPowerShell("resolve B1 'a' 'b'")).toBe(false);
});

test('a long command of PowerShell is not read, nor one without a verb', () => {
  const command = (length: number): string => `resolve B1 '${'a'.repeat(length - CLI.length - 18)}'`;
  expect(`& '${CLI}' ${command(20_000)}`).toHaveLength(20_000);
  expect([inPowerShell(command(20_000)), inPowerShell(command(20_001))]).toEqual([true, false]);
  for (const text of ['', `'${CLI}'`, `& '${CLI}'`, CLI]) {
    expect(isExemptCall('PowerShell', text, HOME, 'linux'), text).toBe(false);
    expect(isExemptCall('Bash', text, HOME, 'linux'), text).toBe(false);
  }
});

test('blanks around and between the words of PowerShell are nothing', () => {
  for (const call of [`  &  '${CLI}'  status `, `\t& '${CLI}'\t \twait  done:W1`])
    expect(isExemptCall('PowerShell', call, HOME, 'linux'), call).toBe(true);
  for (const call of [`x & '${CLI}' status`, `&'${CLI}' status x'y'`, `& '${CLI}' status 'a'b`])
    expect(isExemptCall('PowerShell', call, HOME, 'linux'), call).toBe(false);
});

test('only Windows knows no capitals', () => {
  const other = CLI.toUpperCase();
  expect(isExemptCall('Bash', `${other} status`, HOME, 'linux')).toBe(false);
  expect(isExemptCall('PowerShell', `& ${other} status`, HOME, 'linux')).toBe(false);
});
