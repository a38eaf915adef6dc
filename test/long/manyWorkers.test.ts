import { afterAll, expect, test } from 'vitest';
import { runMany } from '#test/lib/stress/many.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test('200 workers, 8 at once: log and view agree with the file that the workers wrote; the runners’ time and memory', async () => {
  const figures = await runMany(200, 8);
  console.log(
    `200 workers in ${figures.seconds} s: at most ${figures.runners} runners with ${figures.memoryMb} MB together, ${figures.cpuMs} ms of CPU for each worker`,
  );
  // one runner for each worker that runs, and a few that have just started or are about to end
  expect(figures.runners).toBeLessThanOrEqual(2 * 8);
});
