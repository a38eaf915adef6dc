/** A worker calls itself done where a command has to be seen to pass first. */
import { afterAll, beforeEach, expect, test } from 'vitest';
import { holdDone } from '#core/session/doneHold.ts';
import { Stage } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  stage.publish({ t: 'spawn', worker: 'W1', task: 'Load' }, ...holdDone('npm test'));
});

const done = () => fermata(stage, 'W1', 'done', '--result', 'loaded');
const isDone = (): boolean | undefined => stage.state().workers.get('W1')?.reportedDone;

test('done is refused, with what is missing, until the command was seen to pass, and again after the next edit', async () => {
  const { code, out, err } = await done();
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain(
    '"fermata done" is held. The person holds what you call done until `npm test` was seen to pass',
  );
  expect(err).toContain('run `npm test` alone in the folder of the project');
  expect(isDone()).toBe(false);
  expect(stage.state().workers.get('W1')?.state).toBe('running');
  stage.publish({ t: 'ran', of: 'proven:npm test', code: 0 });
  stage.publish({ t: 'edited', path: 'src/a.ts' });
  expect(await done()).toMatchObject({ code: 1, err: expect.stringContaining('src/a.ts was edited since it passed') });
  stage.publish({ t: 'ran', of: 'proven:npm test', code: 0 });
  expect(await done()).toMatchObject({ code: 0, err: '' });
  expect(isDone()).toBe(true);
});

test('the refusal stands in the log for the person, and a release ends it', async () => {
  await done();
  expect(stage.events('log').at(-1)).toMatchObject({
    level: 'warn',
    worker: 'W1',
    message: expect.stringContaining('npm test'),
  });
  for (const block of stage.state().blocks.keys()) stage.publish({ t: 'unblock', block, by: 'user' });
  expect(await done()).toMatchObject({ code: 0 });
});

test('a block of the end of a turn, one without a proof, and one of another agent hold no worker', async () => {
  const other = new Stage();
  const hold = { t: 'hook', worker: 'user', exit: 2, message: 'no', until: 'proven:npm test' } as const;
  other.publish({ t: 'spawn', worker: 'W1', task: 'Load' });
  other.publish({ ...hold, event: 'Stop' }, { ...hold, event: 'TaskCompleted', until: 'done:W9' });
  other.publish({ ...hold, event: 'TaskCompleted', match: { agent: 'Check' } });
  expect(await fermata(other, 'W1', 'done')).toMatchObject({ code: 0 });
  other.publish({ t: 'spawn', worker: 'W2', task: 'Check' });
  expect(await fermata(other, 'W2', 'done')).toMatchObject({ code: 1 });
});

test('the guard of a rule holds its own worker, which the person reads, too', async () => {
  const guarded = new Stage();
  const guard = [{ event: 'TaskCompleted', until: 'proven:npm test', reason: 'The tests come first' }];
  guarded.publish({
    t: 'plan',
    run: 'R1',
    sha256: '0'.repeat(64),
    workers: [{ worker: 'W1', task: 'Load', run: ['x'], guard }],
  });
  guarded.publish({ t: 'spawn', worker: 'W1', task: 'Load' });
  expect(await fermata(guarded, 'W1', 'done')).toMatchObject({
    code: 1,
    err: expect.stringContaining('The tests come first'),
  });
});
