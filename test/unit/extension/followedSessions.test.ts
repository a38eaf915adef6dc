import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { makeClaim, recordHolder } from '#core/base/processClaim.ts';
import { writeBridgeStatus } from '#core/machines/bridgeStatus.ts';
import { append, createLog, type NewEvent } from '#core/log/append.ts';
import { raiseFlag } from '#core/session/flags.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { makeCopy } from '#core/session/seat.ts';
import { Actions } from '#extension/commands/actions.ts';
import { AbortWatch } from '#extension/sessions/abortWatch.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { WorkerControl } from '#extension/sessions/workerControl.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// A window of a machine that has only a copy of the session.

const open: SessionStore[] = [];
afterEach(() => {
  for (const store of open.splice(0)) store.dispose();
});
afterAll(removeTempDirs);

const DAY_MS = 86_400_000;
const FAR = '/far/away/project';

/** A copy with these lines, as the bridge of this machine would write them; the bridge is this process. */
function followed(lines: object[], atMs = Date.now()): { home: string; dir: string } {
  const home = tempDir();
  const dir = sessionDir(home, 's1');
  makeCopy(dir, { space: 't', seat: 'laptop', machine: 'gpu1' });
  const first = { v: 1, ts: atMs, t: 'session', session: 's1', cwd: FAR, transcript: join(home, 'transcript.jsonl') };
  const text = [first, ...lines.map((line) => ({ ts: atMs, ...line }))].map((line) => `\n${JSON.stringify(line)}\n`);
  writeFileSync(sessionPaths(dir).copy, text.join(''));
  writeBridgeStatus(home, {
    pid: process.pid,
    name: 'gpu1',
    space: 't',
    server: 'nats://127.0.0.1:4222',
    connected: true,
    sinceTs: atMs,
    sessions: [{ session: 's1', seat: 'laptop', behind: 0 }],
    machines: [{ name: 'laptop', heardTs: atMs, clockMs: 0, sessions: [{ session: 's1', name: 'Fix the rounding' }] }],
  });
  const claim = join(homePaths(home).bridgeRun, 'run');
  mkdirSync(homePaths(home).bridgeRun, { recursive: true });
  makeClaim(claim);
  recordHolder(claim);
  return { home, dir };
}

async function window(home: string, roots = [tempDir()]) {
  const { settings } = parseSettings({});
  const store = new SessionStore({
    home,
    roots: () => roots,
    settings: () => settings,
    trusted: () => true,
    superviseWorkers: async () => {},
    onError: (error) => expect.fail(String(error)),
  });
  open.push(store);
  await store.start();
  const workerControl = new WorkerControl({ home, settings: () => settings });
  const abortWatch = new AbortWatch(() => {});
  const actions = new Actions(
    { store, trusted: () => true, workerControl: async () => workerControl, abortWatch },
    () => {},
  );
  return { store, actions };
}

const only = (store: SessionStore): LoggedSession => {
  const [session, ...more] = store.list();
  expect(more).toEqual([]);
  if (session === undefined) throw new Error('the session is not shown');
  return session;
};
const outbox = (dir: string): string => readFileSync(sessionPaths(dir).log, 'utf8');

const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' };

test('is in the list whatever the folders of the window are, by its name there and under its machine', async () => {
  const { home } = followed([{ t: 'turn', state: 'working' }]);
  const session = only((await window(home)).store);
  expect(session.view(Date.now(), 60).session).toMatchObject({
    name: 'Fix the rounding',
    projectName: 'project',
    machine: 'laptop',
    live: true,
    link: undefined,
  });
  // its files are those of that machine
  expect([session.project, session.transcript, session.pid]).toEqual([undefined, undefined, undefined]);
});

test('one that nothing was heard of for a day is not, nor one that had ended before the window opened', async () => {
  const old = followed([{ t: 'turn', state: 'working' }], Date.now() - 2 * DAY_MS);
  expect((await window(old.home)).store.list()).toEqual([]);
  const over = followed([{ t: 'end' }], Date.now() - 1000);
  expect((await window(over.home)).store.list()).toEqual([]);
});

test('the window publishes nothing by itself: neither what has run out of time nor a flag, which the bridge carries', async () => {
  const long = Date.now() - 60_000;
  const lease = { t: 'acquire', worker: 'W1', resource: 'db', id: 'a', ttlMs: 1000, ts: long };
  const { home, dir } = followed([lease, { ...block, ts: long }]);
  raiseFlag(dir, { kind: 'release', block: 'B1' });
  // a session of this machine with the same shows when the window has had the time for it
  const project = tempDir();
  const own = sessionDir(home, 'own');
  createLog(own, long);
  append(own, long, { t: 'session', session: 'own', cwd: project }, block as NewEvent);
  writeSessionInfo(own, { session: 'own', project, started: long });
  raiseFlag(own, { kind: 'release', block: 'B1' });
  const { store } = await window(home, [project]);
  const session = store.list().find((each) => each.id === 's1') ?? expect.fail('the session is not shown');
  store.refresh(session);
  await waitFor(() => outbox(own).includes('"unblock"'), { describe: 'the flag of the own session to be published' });
  expect(outbox(dir)).toBe('');
  expect(existsSync(join(sessionPaths(dir).flags, 'release-B1'))).toBe(true);
  expect(session.isDue(Date.now())).toBe(false);
});

test('a release is a flag for the bridge; all else that the person decides goes to the outbox', async () => {
  const { home, dir } = followed([block, { t: 'ballot', worker: 'W1', ballot: 'ship' }]);
  const { store, actions } = await window(home);
  actions.release(only(store), 'B1', 'go on');
  expect(readFileSync(join(sessionPaths(dir).flags, 'release-B1'), 'utf8')).toBe('go on');
  actions.decide(only(store), 'ship', 'proceed');
  actions.sendMessage(only(store), 'conductor', 'look here');
  expect(outbox(dir)).toContain('"t":"decide"');
  expect(outbox(dir)).toContain('"t":"tell"');
  expect(readFileSync(sessionPaths(dir).copy, 'utf8')).not.toContain('"t":"decide"');
});

test('a worker of a third machine is given up, one of this machine is not', async () => {
  const { home, dir } = followed([
    { t: 'spawn', worker: 'train', pid: 1, via: 'build1/k', off: 10 },
    { t: 'spawn', worker: 'lint', pid: 1, via: 'gpu1/k', off: 10 },
  ]);
  const { store, actions } = await window(home);
  expect(() => actions.giveUpWorker(only(store), 'lint')).toThrow(/runs on this machine/);
  expect(() => actions.giveUpWorker(only(store), 'nobody')).toThrow();
  expect(outbox(dir)).toBe('');
  actions.giveUpWorker(only(store), 'train');
  expect(outbox(dir)).toMatch(/"t":"exit".*"worker":"train".*"lost":true.*build1 was not heard/);
});

test('what is written of the connection later is drawn, without a new line of the log', async () => {
  const { home } = followed([{ t: 'turn', state: 'working' }]);
  const { store } = await window(home);
  const session = only(store);
  const kind = (): string | undefined => session.view(Date.now(), 60).session.link?.kind;
  let drawn: string | undefined;
  store.onDidChange(() => (drawn = kind()));
  const { bridgeStatus } = homePaths(home);
  const status = JSON.parse(readFileSync(bridgeStatus, 'utf8')) as Parameters<typeof writeBridgeStatus>[1];
  writeBridgeStatus(home, { ...status, connected: false, sinceTs: Date.now() - 60_000, problem: 'nobody answers' });
  await waitFor(() => drawn === 'disconnected', { describe: 'the row to be drawn' });
});
