import { afterEach, expect, test } from 'vitest';
import { raiseFlag } from '#core/session/flags.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const bash = (command: string) => ({ tools: [{ name: 'Bash', input: { command, description: 'run' } }] });

test('an abort ends the turn at its next call, in either style of answer, until the person releases it', async () => {
  orchestra = await Orchestra.open((turn) => {
    if (turn.lastUserText.includes('first')) {
      raiseFlag(orchestra.dir, { kind: 'abort' });
      return bash('touch should-not-be-there');
    }
    if (turn.lastUserText.includes('second')) return bash('touch neither-should-this');
    if (turn.lastUserText.includes('third')) return bash('echo it goes on');
    return { text: 'done' };
  });
  const claude = orchestra.live();
  const first = await claude.ask('first');
  expect(first).toMatchObject({ terminal_reason: 'hook_stopped' });
  expect(orchestra.model.requests.filter((r) => r.kind === 'main')).toHaveLength(1);
  expect(orchestra.state.conductor).toMatchObject({ state: 'idle', reason: 'aborted by user' });
  expect([...orchestra.state.blocks.values()]).toMatchObject([{ cause: { kind: 'abort' }, deniedCount: 1 }]);

  orchestra.settings({ answer: 'exitCode' });
  expect(await claude.ask('second')).toMatchObject({ terminal_reason: 'hook_stopped' });
  expect(orchestra.model.requests.filter((r) => r.kind === 'main')).toHaveLength(2);

  raiseFlag(orchestra.dir, { kind: 'release', block: 'B1' });
  expect((await claude.ask('third')).result).toBe('done');
  expect(orchestra.modelInputs.at(-1)).toContain('it goes on');
  await claude.end();
});

const agent = (where: object) => ({
  tools: [
    { name: 'Agent', input: { description: 'errand', prompt: 'go', subagent_type: 'general-purpose', ...where } },
  ],
});

test('a subagent is ended as well, and what it was for is not done by Claude instead', async () => {
  orchestra = await Orchestra.open((turn) => {
    if (turn.subagent) {
      raiseFlag(orchestra.dir, { kind: 'abort' });
      return bash('touch should-not-be-there');
    }
    // since 2.1.198 it would run in the background
    return turn.index > 0 ? bash('touch nor-should-this') : agent({ run_in_background: false });
  });
  const run = await orchestra.run('start');
  expect(run.result).toMatchObject({ terminal_reason: 'hook_stopped' });
  expect(orchestra.model.requests.filter((r) => r.kind === 'subagent')).toHaveLength(1);
  expect(orchestra.model.requests.filter((r) => r.kind === 'main')).toHaveLength(1);
  const [worker] = [...orchestra.state.workers.values()];
  expect(worker).toMatchObject({ kind: 'subagent', task: 'errand' });
  expect(['done', 'lost']).toContain(worker?.state);
});

test('the end of a background subagent begins no turn in an aborted session', async () => {
  orchestra = await Orchestra.open(async (turn) => {
    if (turn.subagent) {
      await orchestra.until('Claude is idle', (s) => s.conductor.state === 'idle');
      raiseFlag(orchestra.dir, { kind: 'abort' });
      return bash('touch should-not-be-there');
    }
    return turn.index === 0 ? agent({ run_in_background: true }) : { text: 'waiting for it' };
  });
  const claude = orchestra.live();
  claude.send('start');
  await claude.waitFor((event) => JSON.stringify(event).includes('no turn begins by itself'));
  expect(orchestra.model.requests.filter((r) => r.kind === 'main')).toHaveLength(2);
  expect(orchestra.state.conductor).toMatchObject({ state: 'idle' });
  expect(orchestra.state.aborted).toBeDefined();
  await claude.end();
});
