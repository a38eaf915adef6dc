import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { hold, holdCall, waitForChange } from '#hooks/hold.ts';
import { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import type { Block } from '#protocol/state.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// Claude Code kills a hook at its time-out and lets the call run: whatever the settings are, a hold ends before that.

afterAll(removeTempDirs);

let home: string;
let dir: string;
const now = (): number => Date.now();
const WORKER: NewEvent = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'not yet' };
const PERSON: NewEvent = { ...WORKER, worker: 'user', message: 'look first' };
const PAUSE: NewEvent = { ...PERSON, key: 'pause' };

beforeEach(() => {
  home = join(tempDir(), '.fermata');
  mkdirSync(home);
  dir = sessionDir(home, 's1');
  createLog(dir, now());
  publish(dir, now(), { t: 'session', session: 's1', cwd: home });
});

/** Holds a call as a hook whose time-out is so many seconds. */
async function holding(holdSeconds: number, timeoutSeconds: number, ...blocks: NewEvent[]): Promise<Block[]> {
  writeFileSync(homePaths(home).settings, JSON.stringify({ 'hold.seconds': holdSeconds }));
  publish(dir, now(), ...blocks);
  const environment = { home, env: {}, now, timeoutSeconds };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const payload = {
    session_id: 's1',
    hook_event_name: 'PreToolUse',
    cwd: home,
    tool_name: 'Read',
    tool_use_id: 'c1',
  } as const;
  return hold(
    new HookContext({ ...payload, tool_input: { file_path: join(home, 'a') } }, environment, session, false),
    session,
  );
}

const heldFor = (): unknown[] => eventsOf(dir, 'held').map(({ limitMs, ms }) => limitMs ?? (ms as number) >= 0);
const ids = (blocks: Block[]): string[] => blocks.map(({ id }) => id);

test.each<[string, number, NewEvent]>([
  ['a block of a worker', 600, WORKER],
  ['one of the person', 600, PERSON],
  ['one of the person, however short others are held', 1, PERSON],
  ['a pause, though nothing else is held', 0, PAUSE],
])('%s holds no longer than five seconds before the time-out', async (_what, holdSeconds, block) => {
  expect(ids(await holding(holdSeconds, 5.2, block))).toEqual(['B1']);
  const [limit, end] = heldFor();
  expect(limit).toBeGreaterThan(0);
  expect(limit).toBeLessThanOrEqual(200);
  expect(end).toBe(true);
});

test('nor longer than the setting, where a worker holds', async () => {
  const started = performance.now();
  expect(ids(await holding(1, 60, WORKER))).toEqual(['B1']);
  // it is in the log as it begins and as it ends, however often was looked
  const [begin, end, ...more] = eventsOf(dir, 'held');
  expect(begin?.['limitMs']).toBeLessThanOrEqual(1000);
  expect(end?.['ms']).toBeGreaterThanOrEqual(900);
  expect(end?.['ms']).toBeLessThanOrEqual(performance.now() - started);
  expect(more).toEqual([]);
});

test.each<[string, number, number, NewEvent]>([
  ['the time-out leaves no time', 600, 5, WORKER],
  ['it leaves less than none', 600, 1, PAUSE],
  ['the setting is 0', 0, 60, WORKER],
  ['the setting is 0, also for the person', 0, 60, PERSON],
])('nothing is held where %s', async (_why, holdSeconds, timeoutSeconds, block) => {
  expect(ids(await holding(holdSeconds, timeoutSeconds, block))).toEqual(['B1']);
  expect(heldFor()).toEqual([]);
});

test('nothing is held where one of several can be ended by the person alone', async () => {
  expect(ids(await holding(600, 60, WORKER, { t: 'abort', by: 'user' }))).toEqual(['B1', 'B2']);
  expect(heldFor()).toEqual([]);
});

test('a call is held as long as the one of several allows that holds it longest, and so many are named', async () => {
  const many = Array.from({ length: 24 }, (_, i) => ({ ...WORKER, worker: `W${i}` }));
  const held = holding(1, 600, ...many, PERSON);
  await waitFor(() => heldFor().length === 20, { describe: 'the first blocks to be named' });
  expect(heldFor().every((limit) => Number(limit) > 100_000)).toBe(true);
  publish(dir, now(), { t: 'unblock', block: 'all', by: 'user' });
  expect(await held).toEqual([]);
  expect(heldFor()).toHaveLength(40);
});

test('a hook that Claude Code ends holds no more, and leaves nothing that waits for that', async () => {
  const before = process.listeners('SIGTERM');
  const held = holding(600, 600, WORKER);
  await waitFor(() => heldFor().length === 1, { describe: 'the call to be held' });
  const [stop, ...more] = process.listeners('SIGTERM').filter((listener) => !before.includes(listener));
  expect(more).toEqual([]);
  stop?.('SIGTERM');
  expect(await held).toEqual([]);
  expect(heldFor()).toHaveLength(2);
  expect(process.listeners('SIGTERM')).toEqual(before);
});

test('where nothing blocks, nothing is held', async () => {
  expect(await holding(600, 60)).toEqual([]);
  expect(heldFor()).toEqual([]);
});

test('a call goes on as soon as nothing blocks it any more, by a line of the log or by a flag', async () => {
  const first = holding(600, 600, WORKER, PERSON);
  await waitFor(() => heldFor().length === 2, { describe: 'both to hold' });
  publish(dir, now(), { t: 'unblock', block: 'B1', by: 'user' });
  writeFileSync(join(sessionPaths(dir).flags, 'release-B2'), '');
  expect(await first).toEqual([]);
  expect(heldFor().filter((end) => end === true)).toHaveLength(2);
});

/** The same as a handler of calls asks for it. */
async function holdingCall(holdSeconds: number): Promise<Outcome> {
  writeFileSync(homePaths(home).settings, JSON.stringify({ 'hold.seconds': holdSeconds }));
  const environment = { home, env: {}, now, timeoutSeconds: 60 };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const payload = { session_id: 's1', hook_event_name: 'PreToolUse', cwd: home, tool_name: 'Read' } as const;
  const call = { ...payload, tool_use_id: 'c1', tool_input: { file_path: join(home, 'a') } };
  return holdCall(new HookContext(call, environment, session, false), session);
}

test('a held call that the person refuses is refused in their name at once, whatever else holds it', async () => {
  publish(dir, now(), WORKER);
  const outcome = holdingCall(600);
  await waitFor(() => heldFor().length === 1, { describe: 'the call to be held' });
  publish(
    dir,
    now(),
    { t: 'deny', call: 'other', by: 'user' },
    { t: 'deny', call: 'c1', by: 'user', word: 'not that' },
  );
  const { refusedBy, by, answer } = await outcome;
  expect(ids(refusedBy ?? [])).toEqual(['B1']);
  expect(by).toBe('user');
  expect(answer?.block).toContain('The person refused this call: not that');
});

test('one whose block ends together with that is refused in their name as well, with the blocks that held it', async () => {
  publish(dir, now(), WORKER, { ...WORKER, worker: 'W2' }, { t: 'unblock', block: 'B2', by: 'user' });
  const outcome = holdingCall(600);
  await waitFor(() => heldFor().length === 1, { describe: 'the call to be held' });
  publish(dir, now(), { t: 'deny', call: 'c1', by: 'user' }, { t: 'unblock', block: 'B1', by: 'user' });
  const { refusedBy, by } = await outcome;
  expect([ids(refusedBy ?? []), by]).toEqual([['B1'], 'user']);
});

test('the refusal of another call that is held leaves this one held', async () => {
  publish(dir, now(), WORKER, { t: 'held', block: 'B1', id: 'h9', tool: 'Read', call: 'other', limitMs: 60_000 });
  const outcome = holdingCall(600);
  await waitFor(() => heldFor().length === 2, { describe: 'the call to be held' });
  publish(dir, now(), { t: 'deny', call: 'other', by: 'user', word: 'not that' });
  publish(dir, now(), { t: 'unblock', block: 'B1', by: 'user' });
  expect(await outcome).toEqual({ refusedBy: [] });
});

test.each(['the session', 'its flags'])(
  'what changes in the folder of %s is noticed without waiting for a time',
  async (which) => {
    const environment = { home, env: {}, now, timeoutSeconds: 60 };
    const session = await new SessionWriter(dir, environment).open(async () => undefined);
    const change = (): void =>
      which === 'the session'
        ? publish(dir, now(), { t: 'log', level: 'info', message: 'x' })
        : writeFileSync(join(sessionPaths(dir).flags, 'release-all'), '');
    const never = new AbortController().signal;
    const waiting = waitForChange(session, 600_000, never);
    change();
    await waiting;
    // and so is what changed before
    publish(dir, now(), { t: 'log', level: 'info', message: 'y' });
    await waitForChange(session, 600_000, never);
  },
);

test('a call that nobody refuses is refused by what holds it when the time is over', async () => {
  publish(dir, now(), WORKER);
  const { refusedBy, by, answer } = await holdingCall(1);
  expect({ ids: ids(refusedBy ?? []), by, answer }).toEqual({ ids: ['B1'], by: undefined, answer: undefined });
});

test('a session whose folder is gone is waited for by time', async () => {
  const environment = { home, env: {}, now, timeoutSeconds: 60 };
  const session = new SessionWriter(sessionDir(home, 'none'), environment);
  await waitForChange(session, 1, new AbortController().signal);
  const ended = new AbortController();
  ended.abort();
  await waitForChange(session, 600_000, ended.signal);
});
