import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { splitItems } from '#core/plans/rules/items.ts';
import { readRulesFile } from '#core/plans/rules/rulesFile.ts';
import { parseRules, rulesFromSetting } from '#core/plans/rules/rules.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const RULE = { name: 'merge', prompt: 'merge', workers: [{ task: 't', run: ['true'] }] };
const text = (...rules: unknown[]): string => JSON.stringify({ version: 1, rules }, null, 1);
const rulesIn = (bytes: Buffer) => {
  const project = tempDir();
  mkdirSync(join(project, '.fermata'));
  writeFileSync(join(project, '.fermata/rules.json'), bytes);
  return readRulesFile(project);
};

test.each([
  ['a byte order mark', Buffer.from(`\ufeff${text(RULE)}`)],
  ['CRLF', Buffer.from(text(RULE).replaceAll('\n', '\r\n'))],
  ['UTF-16, as Windows PowerShell 5 writes it', Buffer.from(`\ufeff${text(RULE).replaceAll('\n', '\r\n')}`, 'utf16le')],
  ['an odd field of an editor', Buffer.from(text(RULE).replace('"version"', '"$schema": null, "version"'))],
])('%s makes no difference to a rules file', (_name, bytes) =>
  expect(rulesIn(bytes)).toMatchObject({ rules: [RULE], problems: [] }),
);

test.each([
  ['Latin-1', Buffer.from(text({ ...RULE, name: 'm\xfcnchen' }), 'latin1'), 'neither UTF-8 nor UTF-16'],
  ['a megabyte and more', Buffer.alloc((1 << 20) + 1, ' '), '1048576 are the most that is read'],
  [
    '100,000 brackets',
    Buffer.from(`{"version":1,"rules":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    '100 deep (line 1, column 121)',
  ],
  ['a missing comma', Buffer.from('{\n  "version": 1\n  "rules": []\n}'), 'comma expected (line 3, column 3)'],
])('%s: no rule, and one problem that says why', (_name, bytes, problem) =>
  expect(rulesIn(bytes)).toMatchObject({ rules: [], problems: [{ message: expect.stringContaining(problem) }] }),
);

test('of a hundred thousand rules the first count, and the rest is named', () => {
  const { rules, problems } = parseRules(`{"version":1,"rules":[${`${JSON.stringify(RULE)},`.repeat(10_000)}{}]}`);
  expect(rules).toHaveLength(500);
  expect(problems).toEqual([{ rule: 'rules', message: 'of 10001 rules only the first 500 are looked at' }]);
});

test('of many problems the first are listed, each at a bounded length', () => {
  const long = { ...RULE, [`x${'y'.repeat(100_000)}`]: 1, name: 'n'.repeat(100_000) };
  const { rules, problems } = parseRules(text(long, ...Array.from({ length: 300 }, () => ({})), RULE));
  expect(rules).toHaveLength(1);
  expect(problems).toHaveLength(21);
  expect(problems.at(-1)?.message).toBe('281 further rules cannot work; correct the first ones');
  expect(JSON.stringify(problems).length).toBeLessThan(21 * 700);
});

test('a problem of the whole text is cut as well', () => {
  const [problem] = parseRules(`{"version":1,"rules":[],"${'x'.repeat(100_000)}":1}`).problems;
  expect(problem?.message.length).toBeLessThan(600);
});

test('a field that has the name of what all objects have is named as any other', () => {
  const { problems } = parseRules(text({ ...RULE, workers: [{ run: ['x'], env: { constructor: 1 } }] }));
  expect(problems[0]?.message).toContain('env.constructor must be a text, not 1');
});

test('a chain of many workers is refused before a circle is looked for', () => {
  const workers = Array.from({ length: 20_000 }, (_, i) => ({ name: `w${i}`, run: ['x'], after: [`w${i + 1}`] }));
  expect(parseRules(text({ ...RULE, workers })).problems).toEqual([
    { rule: 'merge', message: 'it has 20000 workers; at most 200 are allowed' },
  ]);
});

test('a list of blanks is split in time that grows with its length', () => {
  const measure = (length: number): number => {
    const started = process.cpuUsage();
    expect(splitItems(`a${' '.repeat(length)}b, c`)).toHaveLength(2);
    return process.cpuUsage(started).user / 1000;
  };
  measure(1000);
  // a quadratic one takes minutes
  expect(measure(1_000_000)).toBeLessThan(5000);
});

test('an empty pattern of the setting, which would mean every prompt, is no rule', () => {
  const { rules, problems } = rulesFromSetting({ '': 'npm test', merge: 'npm test' });
  expect(rules.map(({ name }) => name)).toEqual(['merge']);
  expect(problems).toEqual([{ rule: 'fermata.rules', message: 'a pattern is empty' }]);
});
