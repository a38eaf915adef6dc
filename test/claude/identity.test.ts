import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { joinedFolder } from '#core/session/folder.ts';
import { claudeIsAtLeast } from '#test/lib/claudeVersion.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const bash = (command: string) => ({ tools: [{ name: 'Bash', input: { command, description: 'run' } }] });
const dirOf = (id: string): string => join(orchestra.fermataHome, 'sessions', id);
const stateOfSession = (id: string) => stateOf(dirOf(id));

test('compact keeps a session; clear begins another one, or keeps the session that has live workers', async () => {
  orchestra = await Orchestra.open(
    (turn) => (turn.lastUserText.includes('call') ? bash('echo hello') : { text: 'ok' }),
    { settings: { 'hold.seconds': 0 } },
  );
  const claude = orchestra.live();
  await claude.ask('one');
  const first = claude.sessionId();
  await claude.ask('/compact');
  await claude.ask('two');
  expect(claude.sessionId()).toBe(first);
  expect(stateOfSession(first)).toMatchObject({ session: { id: first, pid: claude.pid }, conductor: { turn: 2 } });

  await claude.ask('/clear');
  await claude.ask('three');
  const second = claude.sessionId();
  expect(second).not.toBe(first);
  expect(joinedFolder(dirOf(second))).toBeUndefined();
  expect(stateOfSession(first).conductor).toMatchObject({ state: 'ended', reason: 'clear' });
  expect(stateOfSession(second)).toMatchObject({
    session: { id: second, pid: claude.pid },
    conductor: { state: 'idle' },
  });

  orchestra.publish(
    { t: 'spawn', worker: 'W1', pid: process.pid },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'W1 is not done' },
  );
  await claude.ask('/clear');
  await claude.ask('call');
  const third = claude.sessionId();
  expect(joinedFolder(dirOf(third))).toBe(dirOf(second));
  expect(orchestra.modelInputs.at(-1)).toContain('W1 is not done');
  expect(stateOfSession(second)).toMatchObject({ session: { id: third }, conductor: { state: 'idle' } });
  await claude.end();
});

test('resume is the same session in another process, a fork is another session; programs that they start know each', async () => {
  orchestra = await Orchestra.open((turn) =>
    turn.lastUserText.includes('where') ? bash('echo "[$FERMATA_SESSION_DIR] [$FERMATA_PARENT]"') : { text: 'ok' },
  );
  const first = await orchestra.run('one');
  const id = first.sessionId;
  const resumed = await orchestra.run('where', { resume: id });
  expect(resumed.sessionId).toBe(id);
  expect(orchestra.modelInputs.at(-1)).toContain(`[${dirOf(id)}] [${id}]`);
  expect(stateOfSession(id).conductor).toMatchObject({ state: 'ended', turn: 2 });

  const forked = await orchestra.run('where', { resume: id, args: ['--fork-session'] });
  expect(forked.sessionId).not.toBe(id);
  expect(orchestra.modelInputs.at(-1)).toContain(`[${dirOf(forked.sessionId)}] [${forked.sessionId}]`);
  expect(stateOfSession(forked.sessionId)).toMatchObject({ session: { id: forked.sessionId }, conductor: { turn: 1 } });
  // since 2.1.213 a fork has its own id from its start; before, it began under the old id
  const reason = claudeIsAtLeast('2.1.213') ? 'other' : `goes on as ${forked.sessionId}`;
  expect(stateOfSession(id).conductor).toMatchObject({ state: 'ended', turn: 2, reason });
});
