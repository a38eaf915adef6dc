import { realpathSync } from 'node:fs';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionDir } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { joinedFolder } from '#core/session/folder.ts';
import { publish } from '#core/session/publish.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import type { pickOne } from '#extension/base/quickPick.ts';
import { joinSessions } from '#extension/commands/claudeSessions.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

let home: string;
let project: string;
let store: SessionStore;

beforeEach(() => {
  home = tempDir();
  project = tempDir();
});
afterAll(() => {
  store?.dispose();
  removeTempDirs();
});

function session(id: string): string {
  const dir = sessionDir(home, id);
  createLog(dir, Date.now());
  const startTime = startTimeOf(process.pid);
  const claude = { pid: process.pid, host: hostIdentity(), ...(startTime === undefined ? {} : { startTime }) };
  writeSessionInfo(dir, { session: id, project, started: Date.now(), ...claude });
  publish(dir, Date.now(), { t: 'session', session: id, cwd: project });
  return dir;
}

/** Joins with a person who picks these sessions, in this order. */
async function joining(choices: string[], trusted = true): Promise<string | undefined> {
  store?.dispose();
  store = new SessionStore({
    home,
    roots: () => [realpathSync(project)],
    settings: () => ({ 'watch.polling': 'auto' }),
    trusted: () => true,
    superviseWorkers: async () => {},
    onError: (error) => {
      throw error;
    },
  });
  await store.start();
  const pick = ((offered: { value: { folder: string } }[]) => {
    const next = choices.shift();
    return Promise.resolve(offered.find(({ value }) => value.folder === next)?.value);
  }) as typeof pickOne;
  return joinSessions({ home, store, trusted: () => trusted }, pick);
}

test('the first becomes a worker of the second', async () => {
  session('A');
  const dir = session('B');
  expect(await joining(['B', 'A'])).toMatch(/^This session is session-B of /);
  expect(joinedFolder(dir)).toBe(session('A'));
  expect(store.list().map((s) => s.folder)).toEqual(['A']);
});

test('cancelling, or picking the same session twice, changes nothing', async () => {
  session('A');
  session('B');
  expect(await joining([])).toBeUndefined();
  expect(await joining(['B', 'B'])).toBeUndefined();
  expect(store.list()).toHaveLength(2);
});

test('a join that is not possible is refused with the reason', async () => {
  session('A');
  await expect(joining([])).rejects.toThrow('two live sessions');
  const dir = session('B');
  await expect(joining(['B', 'A'], false)).rejects.toThrow('Restricted Mode');
  publish(dir, Date.now(), { t: 'spawn', worker: 'W1', pid: process.pid });
  await expect(joining(['B', 'A'])).rejects.toThrow('These sessions cannot be joined: workers of B are at work: W1.');
});
