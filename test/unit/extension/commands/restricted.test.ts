import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { Actions } from '#extension/commands/actions.ts';
import { joinSessions } from '#extension/commands/claudeSessions.ts';
import { playDemo } from '#extension/commands/demo.ts';
import { commandHandlers } from '#extension/commands/handlers.ts';
import { openChanges } from '#extension/editors/openChanges.ts';
import { installHooks, uninstallHooks } from '#extension/install/installHooks.ts';
import { guardGit } from '#extension/install/guardGit.ts';
import { installInClaude } from '#extension/install/installInClaude.ts';
import { readStatusLine } from '#extension/install/readStatusLine.ts';
import { askForApproval, askForDryRun } from '#extension/rules/rulesDialogs.ts';
import { AbortWatch } from '#extension/sessions/abortWatch.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { WorkerControl } from '#extension/sessions/workerControl.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { setTrusted } from '#test/lib/vscode.ts';

// In Restricted Mode the editor's person has not decided whether to trust the folder: Fermata only watches.

beforeEach(() => setTrusted(false));
afterEach(() => setTrusted(true));
afterAll(removeTempDirs);

let store: SessionStore | undefined;
afterEach(() => store?.dispose());

async function untrustedWindow(): Promise<{ actions: Actions; shown: LoggedSession; dir: string }> {
  const [home, project] = [tempDir(), tempDir()];
  const dir = sessionDir(home, 's1');
  createLog(dir, Date.now());
  publish(
    dir,
    Date.now(),
    { t: 'session', session: 's1', cwd: project },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' },
    { t: 'spawn', worker: 'W1' },
    { t: 'acquire', worker: 'W1', resource: 'db' },
    { t: 'ballot', ballot: 'ship', voters: ['W1', 'user'], by: 'W1' },
    { t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W2' }], ask: true },
    { t: 'ask', ask: 'a1', tool: 'Bash', summary: 'x', answerable: true },
    { t: 'log', level: 'escalate', message: 'look' },
  );
  const { settings } = parseSettings({});
  store = new SessionStore({
    home,
    roots: () => [project],
    settings: () => settings,
    trusted: () => false,
    superviseWorkers: async () => {},
    onError: (error) => {
      throw error;
    },
  });
  await store.start();
  const [shown] = store.list();
  if (shown === undefined) throw new Error('the session is not shown');
  const workerControl = new WorkerControl({ home, settings: () => settings });
  const sources = { store, trusted: () => false, workerControl: async () => workerControl };
  return { actions: new Actions({ ...sources, abortWatch: new AbortWatch(() => {}) }, () => {}), shown, dir };
}

const ACTS: [string, (actions: Actions, shown: LoggedSession) => unknown][] = [
  ['release', (actions, shown) => actions.release(shown, 'B1')],
  ['release all', (actions, shown) => actions.releaseAll(shown)],
  ['abort a worker', (actions, shown) => actions.abortWorker(shown, 'W1')],
  ['abort the session', (actions, shown) => actions.abortSession(shown)],
  ['pause', (actions, shown) => actions.pause(shown)],
  ['send a message', (actions, shown) => actions.sendMessage(shown, 'conductor', 'go on')],
  ['answer a permission request', (actions, shown) => actions.answer(shown, 'a1', 'allow')],
  ['decide a ballot', (actions, shown) => actions.decide(shown, 'ship', 'proceed')],
  ['break a lock', (actions, shown) => actions.breakLock(shown, 'db')],
  ['start a plan', (actions, shown) => actions.consent(shown, 'R1', 'start')],
  ['dismiss a notice', (actions, shown) => actions.dismiss(shown, 0)],
  ['publish anything', (actions, shown) => actions.publish(shown, { t: 'unblock', block: 'B1', by: 'user' })],
];

test.each(ACTS)('nobody can %s', async (_what, act) => {
  const { actions, shown, dir } = await untrustedWindow();
  const before = readFileSync(sessionPaths(dir).log, 'utf8');
  await expect((async () => act(actions, shown))()).rejects.toThrow('In Restricted Mode Fermata only watches');
  expect(readFileSync(sessionPaths(dir).log, 'utf8')).toBe(before);
  expect(readdirSync(sessionPaths(dir).flags)).toEqual([]);
});

/** Whatever is asked of it is there, and does nothing. */
const anything: unknown = new Proxy(() => anything, {
  get: (_target, name) => (name === 'then' || name === Symbol.toPrimitive ? undefined : anything),
});
const none = anything as never;

test.each<[string, () => unknown]>([
  ['approves rules', () => askForApproval('/none', none, none)],
  ['tries a prompt', () => askForDryRun(none, none)],
  ['installs hooks', () => installHooks(none)],
  ['uninstalls them', () => uninstallHooks(none)],
  ['installs the plugin', () => installInClaude(none)],
  ['reads the status line', () => readStatusLine(none)],
  ['installs hooks of git', () => guardGit(none)],
  ['plays the demo', () => playDemo(none)],
  ['shows changes by git', () => openChanges(none, none, 'x')],
  ['joins sessions', () => joinSessions({ home: '/none', store: none, trusted: () => false })],
])('nobody %s', async (_what, act) => {
  await expect((async () => act())()).rejects.toThrow(/Restricted Mode|[Tt]rust/);
});

test.each(['shareSession', 'unshareSession', 'followSession'] as const)('%s reaches no other machine', async (name) => {
  const { shown } = await untrustedWindow();
  const given: Record<string, unknown> = {
    trusted: () => false,
    list: { list: () => [shown], find: () => shown, view: () => ({ session: { name: 's1' } }) },
    selection: { current: () => shown, isBoard: () => false },
  };
  const sources = new Proxy({}, { get: (_target, key) => given[String(key)] ?? anything });
  const handler = commandHandlers(sources as never)[name];
  await expect((async () => handler.run({ session: shown.folder }))()).rejects.toThrow('In Restricted Mode');
});
