import { afterAll, expect, test } from 'vitest';
import { largestInputs, sizes } from '#test/lib/sizes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test('nothing that is shipped is larger than it may be', async () => {
  const measured = await sizes();
  expect(measured.length).toBeGreaterThanOrEqual(4);
  for (const { name, file, value, limit } of measured) {
    const largest = file === undefined ? [] : largestInputs(file, 10);
    expect(value, [`${name} is ${value} KB of at most ${limit}`, ...largest].join('\n')).toBeLessThanOrEqual(limit);
  }
});
