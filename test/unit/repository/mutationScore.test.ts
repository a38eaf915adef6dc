import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { equivalents, mutatedLine, scoreOf } from '#test/mutation/score.mjs';

const listed = [...equivalents(readFileSync(join(repoRoot, 'test/mutation/equivalent.txt'), 'utf8'))];

test('a change that nobody could notice is listed with a line that is there', () => {
  const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');
  const gone = listed.filter((entry) => {
    const [file = '', before = ''] = entry.split('\n');
    return !flat(readFileSync(join(repoRoot, file), 'utf8')).includes(before);
  });
  expect(gone).toEqual([]);
});

test('the list is read by its files, and each has the line before and after', () => {
  const text = '# why\nsrc/a.ts\n- x > 1\n+ x >= 1\n+ true\n\n# why else\nsrc/b.ts\n- y\n+ z\n';
  expect([...equivalents(text)]).toEqual(['src/a.ts\nx > 1\nx >= 1', 'src/a.ts\nx > 1\ntrue', 'src/b.ts\ny\nz']);
});

test('a change is named by its line, wherever that is', () => {
  const source = 'one\n  if (a ||\n    b) return;\ntwo\n';
  const location = { start: { line: 2, column: 7 }, end: { line: 3, column: 6 } };
  const change = { at: 2, before: 'if (a || b) return;', after: 'if (true) return;' };
  expect(mutatedLine(source, { location, replacement: 'true' })).toEqual(change);
});

test('the score leaves out what nobody could notice, and is rounded down', () => {
  const files = [
    { mutants: 10, noticed: 6, equivalent: 2, survived: 2 },
    { mutants: 5, noticed: 5, equivalent: 0, survived: 0 },
  ];
  expect(scoreOf(files)).toEqual({ score: 84.6, mutants: 15, noticed: 11, equivalent: 2, survived: 2 });
  expect(scoreOf([])).toMatchObject({ score: 100 });
});
