import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lineAt } from '#extension/editors/openFiles.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test('a position in bytes is a line, also beyond a megabyte and where characters are wide', () => {
  const path = join(tempDir(), 'events.jsonl');
  const lines = ['{"t":"ä"}', '', 'x'.repeat(3_000_000), '{"t":"end"}'];
  writeFileSync(path, `${lines.join('\n')}\n`);
  const starts = lines.map((_, i) =>
    Buffer.byteLength(
      lines
        .slice(0, i)
        .map((line) => `${line}\n`)
        .join(''),
    ),
  );
  expect(starts.map((pos) => lineAt(path, pos))).toEqual([0, 1, 2, 3]);
  // a log that has become shorter
  expect(lineAt(path, 1e9)).toBe(4);
});
