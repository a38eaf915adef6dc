import { writeFileSync } from 'node:fs';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { sessionPaths } from '#core/base/paths.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { isAsleep } from '#core/session/waiter.ts';
import { noteIfAsleep } from '#extension/commands/asleep.ts';
import { Stage } from '#test/lib/fermata.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  stage.publish({ t: 'turn', state: 'idle' });
});
const waiter = (pid: number): void => writeFileSync(sessionPaths(stage.dir).waiter, `${pid} 1\n`);

/** What the person is shown after a message, and where they go. */
async function seen(live: boolean, pressed?: string): Promise<string[]> {
  const done: string[] = [];
  const log = openLog(stage.dir);
  const session = { live, dir: log.dir, state: log.state, refresh: () => log.refresh() };
  const show = async (note: string, button: string): Promise<string | undefined> => {
    done.push(note, button);
    return pressed;
  };
  await noteIfAsleep(session, show, async () => void done.push('there'));
  return done;
}
const NOTE = ['Claude reads your message at its next turn: nothing wakes it here.', 'Go to Claude'];

test('an idle Claude that nothing wakes: the person learns it, and may go there', async () => {
  expect(await seen(true)).toEqual(NOTE);
  expect(await seen(true, 'Go to Claude')).toEqual([...NOTE, 'there']);
});

test('a waiter wakes it, and one that has ended does not', async () => {
  waiter(process.pid);
  expect(await seen(true)).toEqual([]);
  waiter(2 ** 22 + 1);
  expect(await seen(true)).toEqual(NOTE);
});

test('a Claude at work reads it by itself, also one that begins meanwhile; one that has ended does not read', async () => {
  const log = openLog(stage.dir);
  const asleep = isAsleep(log);
  stage.publish({ t: 'turn', state: 'working' });
  expect(await asleep).toBe(false);
  expect(await seen(true)).toEqual([]);
  expect(await seen(false)).toEqual([]);
});
