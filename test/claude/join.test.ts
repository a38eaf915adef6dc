import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { joinedFolder } from '#core/session/folder.ts';
import { sessionDir } from '#core/base/paths.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

test('two sessions that joined share locks and votes; the second one is a worker until it ends', async () => {
  // each prompt names the tool call that its session makes
  orchestra = await Orchestra.open(
    (turn): Reply => {
      if (turn.lastToolResults.length > 0) return { text: turn.lastToolResults.map((r) => r.text).join('\n') };
      const [, kind, rest = ''] = /(bash|edit): ?(.*)/.exec(turn.lastUserText) ?? [];
      if (kind === 'bash') return { tools: [{ name: 'Bash', input: { command: rest } }] };
      if (kind === 'edit')
        return {
          tools: [
            { name: 'Read', input: { file_path: join(orchestra.project, 'x') } },
            {
              name: 'Edit',
              input: { file_path: join(orchestra.project, 'x'), old_string: 'old', new_string: 'new' },
            },
          ],
        };
      return { text: 'ready' };
    },
    { settings: { 'hold.seconds': 0 }, files: { x: 'old\n' } },
  );
  const [first, second] = [orchestra.live(), orchestra.live()];
  for (const session of [first, second]) await session.ask('hello');
  const [a, b] = [first.sessionId(), second.sessionId()];
  const stateOfSession = (id: string) => stateOf(sessionDir(orchestra.fermataHome, id));

  // from its own shell, whose PATH has the command
  expect((await second.ask(`bash: fermata join ${a} --as docs`)).result).toContain(`docs of ${a} now`);
  expect(joinedFolder(sessionDir(orchestra.fermataHome, b))).toBe(sessionDir(orchestra.fermataHome, a));
  expect(stateOfSession(a).workers.get('docs')).toMatchObject({ state: 'running', kind: 'session', pid: second.pid });

  await first.ask('bash: fermata acquire file:x');
  const denied = (await second.ask('edit: it')).result;
  expect(denied).toContain('conductor');
  expect(denied).toContain('Fermata B1');
  await first.ask('bash: fermata release file:x');
  expect((await second.ask('edit: it')).result).toContain('has been updated');

  await first.ask('bash: fermata ballot ship --question "Ship it?" --quorum 1');
  await second.ask('bash: fermata vote proceed --ballot ship');
  expect(stateOfSession(a).ballots.get('ship')).toMatchObject({ decided: { decision: 'proceed' } });
  expect([...(stateOfSession(a).ballots.get('ship')?.votes.keys() ?? [])]).toEqual(['docs']);
  // turns of the second session do not count as the Conductor's
  await waitFor(() => stateOfSession(a).conductor.state === 'idle', { describe: 'the first to be idle' });
  expect(stateOfSession(a).conductor.turn).toBe(4);

  await second.end();
  expect(stateOfSession(a).workers.get('docs')?.state).toBe('done');
  expect(lstatSync(sessionDir(orchestra.fermataHome, b)).isDirectory()).toBe(true);
  await first.end();
});
