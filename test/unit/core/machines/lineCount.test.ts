import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LineCount } from '#core/machines/lineCount.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test('counts what has a word in it, also as the file grows and as the wait ends', () => {
  const path = join(tempDir(), 'events.jsonl');
  writeFileSync(path, '\n{"a":1}\n\n{"b":2}\n\n{"c":3}\n');
  const count = new LineCount(path);
  const first = Buffer.byteLength('\n{"a":1}\n');
  const end = (): number => Buffer.byteLength('\n{"a":1}\n\n{"b":2}\n\n{"c":3}\n') + added;
  let added = 0;
  expect(count.between(first, end())).toBe(2);
  const more = '\n{"d":4}\n';
  appendFileSync(path, more);
  added = more.length;
  expect(count.between(first, end())).toBe(3);
  expect(count.between(0, end())).toBe(4);
  expect(count.between(end(), end())).toBe(0);
  expect(new LineCount(join(path, 'none')).between(0, 100)).toBe(0);
});
