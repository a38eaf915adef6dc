import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Stage } from '#test/lib/fermata.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

test('a write into the folder of an ended worker is reported when the writing worker ends', async () => {
  const stage = new Stage();
  // long enough after W1's end that it cannot be a write of W1
  const writeLater = 'sleep 2.5; echo x >"$FERMATA_SESSION_DIR/workers/W1/out/left-behind"';
  writeFileSync(join(stage.project, 'own.sh'), 'echo mine >"$FERMATA_OUT/own"\n');
  writeFileSync(join(stage.project, 'intrude.sh'), `${writeLater}\n`);
  stage.plan({
    workers: [
      { task: 'own', run: ['sh', 'own.sh'] },
      { task: 'intrude', run: ['sh', 'intrude.sh'], after: ['own'] },
    ],
  });
  stage.start();
  const ended = () => stage.state().workers.get('W2')?.endedTs !== undefined;
  await waitFor(ended, { describe: 'W2 has ended', timeoutMs: 100_000 });
  await waitFor(() => stage.state().notices.length > 0, { describe: 'it was seen' });
  expect(stage.state().notices).toMatchObject([{ kind: 'warning', worker: 'W1' }]);
  expect(stage.state().notices[0]?.text).toMatch(
    /^left-behind in the folder of W1 was written \d+ s after W1 had ended\. At work then: W2\./,
  );
});
