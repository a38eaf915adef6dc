/** What a command confirms stands in the log: a worker that has ended is not told that it blocks. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Stage } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: Stage;
beforeEach(async () => {
  stage = new Stage();
  await fermata(stage, 'W1', 'block', 'while I work');
  await fermata(stage, 'W1', 'done');
});

describe('of a worker that has ended', () => {
  test.each([[['block', 'not yet']], [['hook', '--event', 'Stop', '--exit-code', '2', '--stderr', 'not yet']]])(
    '%j is refused, and nothing stands',
    async (args) => {
      const ran = await fermata(stage, 'W1', ...args);
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(ran.err).toContain('W1 has ended');
      expect([...stage.state().blocks.values()].filter(({ ended }) => ended === undefined)).toEqual([]);
    },
  );

  test.each([
    [['inform', 'by the way']],
    [['hook', '--event', 'PostToolUse', '--exit-code', '2', '--stderr', 'by the way']],
  ])('%j is told all the same', async (args) => {
    expect(await fermata(stage, 'W1', ...args)).toMatchObject({ code: 0, err: '' });
    expect([...stage.state().notes.values()].map(({ text }) => text)).toEqual(['by the way']);
  });
});
