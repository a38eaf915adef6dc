import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { raiseFlag } from '#core/session/flags.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { Actions } from '#extension/commands/actions.ts';
import { AbortWatch } from '#extension/sessions/abortWatch.ts';
import { WorkerControl } from '#extension/sessions/workerControl.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { LOG_FORMAT } from '#protocol/parseEvent.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const SENTENCE = `This session was recorded by a newer Fermata (format ${LOG_FORMAT + 1}); it is shown, not changed. Update the extension.`;

/** A window that watches one session of a newer format, with a lock, a ballot and a block that has run out. */
async function window() {
  const home = tempDir();
  const project = tempDir();
  const dir = sessionDir(home, 's1');
  createLog(dir, Date.now());
  const lines = [
    { t: 'open', format: LOG_FORMAT + 1, nonce: 'n' },
    { t: 'session', session: 's1', cwd: project },
    { t: 'spawn', worker: 'W1', pid: 2 ** 22 + 1 },
    { t: 'acquire', worker: 'W1', resource: 'db' },
    { t: 'ballot', ballot: 'ship', quorum: 2 },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait', ttlMs: 1, ts: Date.now() - 1000 },
    { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, stderr: 'paused', key: 'pause' },
  ];
  writeFileSync(sessionPaths(dir).log, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { settings } = parseSettings({});
  const workerControl = new WorkerControl({ home, settings: () => settings });
  const store = new SessionStore({
    home,
    roots: () => [project],
    settings: () => settings,
    trusted: () => true,
    superviseWorkers: async (of) => workerControl.supervise(of),
    onError: (error) => {
      throw error;
    },
  });
  await store.start();
  const actions = new Actions(
    { store, trusted: () => true, workerControl: async () => workerControl, abortWatch: new AbortWatch(() => {}) },
    () => {},
  );
  const session = store.list()[0];
  if (session === undefined) throw new Error('the session is not seen');
  return { dir, store, actions, session };
}

test('a session of a newer format is shown, and the panel says that it is only shown', async () => {
  const { store, session } = await window();
  const view = session.view(Date.now(), 120);
  expect(view.notices[0]).toEqual({ id: 'format', kind: 'log', text: SENTENCE });
  expect(view.workers.map((w) => w.id)).toEqual(['W1']);
  store.dispose();
});

test('watching it changes nothing: no flag is consumed, nothing is armed, expired or published', async () => {
  const { dir, store, session } = await window();
  const log = readFileSync(sessionPaths(dir).log, 'utf8');
  raiseFlag(dir, { kind: 'release', block: 'all' });
  session.maintain(Date.now());
  session.scheduleFlags(
    () => {},
    () => {},
  );
  // longer than the window leaves a flag to the hooks
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(readdirSync(sessionPaths(dir).flags)).toEqual(['release-all']);
  expect(readdirSync(sessionPaths(dir).armed)).toEqual([]);
  expect(readFileSync(sessionPaths(dir).log, 'utf8')).toBe(log);
  expect(existsSync(join(dir, 'snapshot.json'))).toBe(false);
  store.dispose();
});

test('what the person would change there is refused with the reason', async () => {
  const { dir, store, actions, session } = await window();
  const log = readFileSync(sessionPaths(dir).log, 'utf8');
  await waitFor(() => session.state.ballots.has('ship'), { describe: 'the ballot' });
  for (const act of [
    () => actions.release(session, 'B2'),
    () => actions.releaseAll(session),
    () => actions.breakLock(session, 'db'),
    () => actions.decide(session, 'ship', 'proceed'),
    () => actions.abortSession(session),
    () => actions.pause(session),
    () => actions.resume(session),
    () => actions.pause(session, 'a1'),
  ])
    expect(act).toThrow(SENTENCE);
  await expect(actions.abortWorker(session, 'W1')).rejects.toThrow(SENTENCE);
  expect(readdirSync(sessionPaths(dir).flags)).toEqual([]);
  expect(readFileSync(sessionPaths(dir).log, 'utf8')).toBe(log);
  store.dispose();
});
