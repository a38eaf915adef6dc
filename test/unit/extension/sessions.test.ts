import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { readPastSession } from '#core/history/pastSession.ts';
import { publish } from '#core/session/publish.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { SessionWatch, usesPolling } from '#extension/sessions/sessionWatch.ts';
import { WindowFolders } from '#extension/sessions/windowFolders.ts';
import type { Settings } from '#protocol/settings.ts';
import { inotifyWatches } from '#test/lib/inotifyWatches.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const open: SessionStore[] = [];

afterEach(() => {
  for (const store of open.splice(0)) store.dispose();
});
afterAll(removeTempDirs);

interface StoreSettings {
  trusted?: boolean;
  polling?: Settings['watch.polling'];
  superviseMs?: number;
  superviseWorkers?: (log: SessionLog) => Promise<void>;
}

async function startStore(
  home: string,
  folder: string,
  { trusted = true, polling = 'auto', ...intervals }: StoreSettings = {},
) {
  const errors: unknown[] = [];
  const folders = new WindowFolders(() => [folder]);
  const store = new SessionStore({
    home,
    roots: folders.roots,
    settings: () => ({ 'watch.polling': polling }),
    trusted: () => trusted,
    superviseWorkers: async () => {},
    onError: (error) => errors.push(error),
    ...intervals,
  });
  open.push(store);
  await store.start();
  return { store, errors };
}

const find = (store: SessionStore, id: string) => store.list().find((session) => session.id === id);

function startSession(home: string, project: string, id: string, started = Date.now()): string {
  const dir = sessionDir(home, id);
  createLog(dir, started);
  writeSessionInfo(dir, { session: id, project, pid: process.pid, started });
  publish(dir, started, { t: 'session', session: id, cwd: project });
  return dir;
}

test('only the log, the info and the flags of sessions are watched', async () => {
  const root = tempDir();
  const dir = join(root, 's1');
  for (const folder of ['flags', 'workers', 'armed']) mkdirSync(join(dir, folder), { recursive: true });
  const hints: string[] = [];
  const onError = (error: unknown): void => expect.fail(String(error));
  const watch = new SessionWatch({ root, polling: () => 'auto', onHint: (session) => hints.push(session), onError });
  const names: string[] = [];
  for await (const name of watch.listNames() ?? []) names.push(name);
  expect(names).toEqual(['s1']);
  watch.follow('s1', statSync(dir));
  let marks = 0;
  // events come in their order: once that of the mark is here, so are those of the change
  const hintsOf = async (change: () => void): Promise<string[]> => {
    hints.length = 0;
    change();
    const mark = `mark-${marks++}`;
    mkdirSync(join(root, mark));
    await waitFor(() => hints.includes(mark), { describe: 'the mark' });
    return [...new Set(hints)].filter((hint) => hint !== mark);
  };
  try {
    await hintsOf(() => {});
    for (const path of ['events.jsonl', 'session.json', 'flags/release-B1'])
      expect(await hintsOf(() => writeFileSync(join(dir, path), ''))).toEqual(['s1']);
    for (const path of ['snapshot.json', 'workers/W1', 'armed/Stop', 'flags/x.tmp'])
      expect(await hintsOf(() => writeFileSync(join(dir, path), ''))).toEqual([]);
    expect(await hintsOf(() => mkdirSync(join(root, 's2')))).toEqual(['s2']);
    // its flags may be taken away and come again
    expect(await hintsOf(() => rmSync(join(dir, 'flags'), { recursive: true }))).toEqual(['s1']);
    expect(await hintsOf(() => mkdirSync(join(dir, 'flags')))).toEqual(['s1']);
    expect(await hintsOf(() => writeFileSync(join(dir, 'flags', 'release-all'), ''))).toEqual(['s1']);
    watch.unfollow('s1');
    expect(await hintsOf(() => writeFileSync(join(dir, 'events.jsonl'), 'x'))).toEqual([]);
  } finally {
    watch.dispose();
  }
});

test('where changes from elsewhere send no events it is polled, unless the person says otherwise', () => {
  expect(['nfs4', 'fuse.sshfs', '9p'].every((type) => usesPolling('auto', type))).toBe(true);
  expect([usesPolling('auto', 'ext4'), usesPolling('auto', undefined)]).toEqual([false, false]);
  expect([usesPolling('never', 'nfs4'), usesPolling('always', 'ext4')]).toEqual([false, true]);
});

test('a home that appears later is found, and its sessions in this folder and below are listed', async () => {
  const base = tempDir();
  const home = join(base, 'home');
  const project = join(base, 'project');
  mkdirSync(join(project, 'sub'), { recursive: true });
  const { store, errors } = await startStore(home, project);
  startSession(home, project, 's1', 1_700_000_000_000);
  startSession(home, join(project, 'sub'), 's2', 1_700_000_000_001);
  startSession(home, `${project}-other`, 's3');
  await waitFor(() => store.list().length === 2, { describe: 'two sessions' });
  expect(new Set(store.list().map((s) => s.id))).toEqual(new Set(['s1', 's2']));
  expect(errors).toEqual([]);
});

test('a demo belongs to no folder: it shows while it plays, and an old one that has ended does not', async () => {
  const home = tempDir();
  const demo = join(home, 'demo');
  mkdirSync(demo);
  const before = Date.now() - 60_000;
  const [old, playing] = [startSession(home, demo, 'demo-1', before), startSession(home, demo, 'demo-2', before)];
  publish(old, before, { t: 'end' });
  const { store } = await startStore(home, tempDir());
  await waitFor(() => store.list().length === 1, { describe: 'the demo that plays' });
  expect(store.list().map((s) => s.id)).toEqual(['demo-2']);
  const seen = startSession(home, demo, 'demo-3');
  await waitFor(() => store.list().length === 2, { describe: 'the demo that begins' });
  for (const dir of [playing, seen]) publish(dir, Date.now(), { t: 'end' });
  await waitFor(() => store.list().every((s) => !s.live), { describe: 'both to end' });
  expect(store.list().map((s) => s.id)).toEqual(['demo-3']);
});

test('a folder that is a link to the project is the project', async () => {
  const base = tempDir();
  const project = join(base, 'project');
  mkdirSync(project);
  symlinkSync(project, join(base, 'link'));
  startSession(join(base, 'home'), project, 's1');
  const { store } = await startStore(join(base, 'home'), join(base, 'link'));
  expect(store.list().map((s) => s.id)).toEqual(['s1']);
});

test('two lines in quick succession are both seen', async () => {
  const home = tempDir();
  const project = tempDir();
  const dir = startSession(home, project, 's1');
  const { store } = await startStore(home, project);
  // its regular look would find a line that its watch has missed
  vi.spyOn(store, 'scan').mockResolvedValue();
  for (let i = 1; i <= 20; i++) {
    publish(dir, Date.now(), { t: 'spawn', worker: `W${2 * i}` });
    await new Promise((resolve) => setTimeout(resolve, 2));
    publish(dir, Date.now(), { t: 'spawn', worker: `W${2 * i + 1}` });
    const session = find(store, 's1');
    await waitFor(() => session?.state.workers.size === 2 * i, { describe: `${2 * i} workers` });
  }
});

test('a session that vanishes is gone, and one of that name may come again', async () => {
  const home = tempDir();
  const project = tempDir();
  const dir = startSession(home, project, 's1');
  const { store, errors } = await startStore(home, project);
  expect(store.list()).toHaveLength(1);
  rmSync(dir, { recursive: true });
  await waitFor(() => store.list().length === 0, { describe: 'no session' });
  startSession(home, project, 's1');
  await waitFor(() => store.list().length === 1, { describe: 'the session again' });
  // also in one go, and its folder is watched like the first
  const watches = 3;
  if (process.platform === 'linux') await waitFor(() => inotifyWatches() === watches, { describe: 'the watches' });
  rmSync(dir, { recursive: true });
  startSession(home, project, 's1');
  if (process.platform === 'linux')
    await waitFor(() => inotifyWatches() === watches, { describe: 'the watches of the new folder' });
  publish(dir, Date.now(), { t: 'spawn', worker: 'W1' });
  await waitFor(() => find(store, 's1')?.state.workers.size === 1, { describe: 'its worker' });
  expect(errors).toEqual([]);
});

test('whoever supervises the workers gets the log as it was folded, and what they read on in it is shown as well', async () => {
  const [home, project] = [tempDir(), tempDir()];
  const dir = startSession(home, project, 's1');
  publish(dir, Date.now(), { t: 'spawn', worker: 'W1' });
  const logs: SessionLog[] = [];
  let isSeen = false;
  const superviseWorkers = async (log: SessionLog): Promise<void> => {
    if (!isSeen || logs.push(log) > 1) return;
    publish(dir, Date.now(), { t: 'exit', worker: 'W1', lost: true });
    log.refresh();
  };
  const { store } = await startStore(home, project, { superviseMs: 100, superviseWorkers });
  let shown = 0;
  store.onDidChange(() => {
    if (find(store, 's1')?.state.workers.get('W1')?.state === 'lost') shown++;
  });
  isSeen = true;
  await waitFor(() => shown > 0, { describe: 'the end of the worker to be shown' });
  expect(logs[0]).toBe(find(store, 's1')?.log);
});

test('a bare flag is obeyed after a moment, and a bare line is armed', async () => {
  const home = tempDir();
  const project = tempDir();
  const dir = startSession(home, project, 's1');
  const { store } = await startStore(home, project);
  writeFileSync(join(dir, 'events.jsonl'), '{"t":"hook","worker":"W1","event":"PreToolUse","exit":2,"message":"x"}\n', {
    flag: 'a',
  });
  await waitFor(() => existsSync(join(dir, 'armed', 'PreToolUse')), { describe: 'the armed event' });
  writeFileSync(join(dir, 'flags', 'release-B1'), '');
  await waitFor(() => find(store, 's1')?.state.blocks.get('B1')?.ended !== undefined, { describe: 'the release' });
  expect(readdirSync(join(dir, 'flags'))).toEqual([]);
});

test('in Restricted Mode nothing is written', async () => {
  const home = tempDir();
  const project = tempDir();
  const dir = startSession(home, project, 's1');
  const { store } = await startStore(home, project, { trusted: false });
  publish(dir, Date.now(), { t: 'spawn', worker: 'W1' });
  writeFileSync(join(dir, 'flags', 'release-all'), '');
  await waitFor(() => find(store, 's1')?.state.workers.size === 1, { describe: 'the worker' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(readdirSync(join(dir, 'flags'))).toEqual(['release-all']);
});

test('a session whose Claude is killed before the eyes of the window has ended then, not with its last line', async () => {
  const home = tempDir();
  const project = tempDir();
  const begun = Date.now() - 420_000;
  const dir = startSession(home, project, 's1', begun);
  const claude = spawn('sleep', ['600'], { stdio: 'ignore' });
  const { pid = 0 } = claude;
  const startTime = await waitFor(() => startTimeOf(pid), { describe: 'the process' });
  writeSessionInfo(dir, { session: 's1', project, pid, startTime, host: hostIdentity(), started: begun });
  const { store, errors } = await startStore(home, project);
  expect(find(store, 's1')?.live).toBe(true);
  claude.kill('SIGKILL');
  await waitFor(() => find(store, 's1')?.state.conductor.state === 'ended', { describe: 'the end' });
  const past = await readPastSession({ folder: 's1', dir, project }, () => true);
  expect(past).toMatchObject({ outcome: 'interrupted' });
  expect((past?.endedTs ?? 0) - (past?.startedTs ?? 0)).toBeGreaterThanOrEqual(420_000);
  expect(errors).toEqual([]);
});

/** A session that was over before the window looked. */
function over(home: string, project: string, id: string, touched: number): string {
  const dir = startSession(home, project, id, touched);
  writeSessionInfo(dir, {
    session: id,
    project,
    pid: process.pid,
    startTime: '1',
    host: hostIdentity(),
    started: touched,
  });
  utimesSync(sessionPaths(dir).log, new Date(touched), new Date(touched));
  return dir;
}

test('of sessions that are over only the newest of a project is folded; the rest are known by their folders', async () => {
  const base = tempDir();
  const [home, project, other] = [join(base, 'home'), join(base, 'project'), join(base, 'project', 'other')];
  mkdirSync(other, { recursive: true });
  const HOUR = 3_600_000;
  const now = Date.now();
  for (let i = 1; i <= 5; i++) over(home, project, `old-${i}`, now - i * HOUR);
  over(home, other, 'beside', now - 9 * HOUR);
  over(home, join(base, 'foreign'), 'foreign', now - HOUR);
  const { store, errors } = await startStore(home, project, { superviseMs: 300 });
  expect(
    store
      .list()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['beside', 'old-1']);
  expect(store.past().map(({ folder }) => folder)).toEqual(['old-2', 'old-3', 'old-4', 'old-5']);

  // one that is asked for is listed, and one that comes to life again as well
  expect(store.open('old-4')?.state.events).toBe(2);
  expect(store.open('none')).toBeUndefined();
  const dir = sessionDir(home, 'old-3');
  writeSessionInfo(dir, { session: 'old-3', project, pid: process.pid, started: now });
  await waitFor(() => find(store, 'old-3')?.live, { describe: 'the one that was resumed' });
  expect(store.past().map(({ folder }) => folder)).toEqual(['old-2', 'old-5']);
  rmSync(sessionDir(home, 'old-5'), { recursive: true });
  await store.scan();
  expect(store.past().map(({ folder }) => folder)).toEqual(['old-2']);
  expect(errors).toEqual([]);
});

test('a project with a session at work shows none that is over, but by its folder', async () => {
  const base = tempDir();
  const [home, project] = [join(base, 'home'), join(base, 'project')];
  mkdirSync(project);
  over(home, project, 'old', Date.now() - 60_000);
  startSession(home, project, 'live');
  const { store } = await startStore(home, project);
  expect(store.list().map(({ id }) => id)).toEqual(['live']);
  expect(store.past().map(({ folder }) => folder)).toEqual(['old']);
});

/** Whether the system shows how many watches there are. */
const isCounted = process.platform === 'linux';

/** Begins to look for the longest time, in ms of the processor, for which nobody else had a turn; returns it when that is called. */
function longestStretchMs(): () => number {
  let longest = 0;
  let before = process.cpuUsage();
  let next: NodeJS.Immediate;
  const look = (): void => {
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
    before = process.cpuUsage();
    next = setImmediate(look);
  };
  look();
  return () => {
    clearImmediate(next);
    look();
    clearImmediate(next);
    return longest;
  };
}

test('past sessions cost no watch and no long stretch, and one that is written to again comes back to life', async () => {
  const base = tempDir();
  const [home, project] = [join(base, 'home'), join(base, 'project')];
  mkdirSync(project);
  startSession(home, project, 'live');
  const alone = await startStore(home, project);
  // the folder of sessions, the live session's and its flags
  const watches = isCounted ? 3 : 0;
  const untilWatched = () => waitFor(() => inotifyWatches() === watches, { describe: 'the watches' });
  await untilWatched();
  const [now, MINUTE] = [Date.now(), 60_000];
  for (let i = 0; i < 200; i++) over(home, project, `past-${i}`, now - (i + 1) * MINUTE);
  const stretches: number[] = [];
  let { store, errors } = alone;
  // the shortest of three: what V8 does in other threads counts as well
  for (let i = 0; i < 3; i++) {
    store.dispose();
    const ended = longestStretchMs();
    ({ store, errors } = await startStore(home, project, { superviseMs: 500 }));
    stretches.push(ended());
  }
  expect(Math.min(...stretches)).toBeLessThan(50);
  expect(store.past()).toHaveLength(200);
  expect(store.past()[0]?.folder).toBe('past-0');
  await untilWatched();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(inotifyWatches()).toBe(watches);

  // a late line in one of the newest, and one of the oldest that Claude Code says it runs
  publish(sessionDir(home, 'past-3'), Date.now(), { t: 'spawn', worker: 'W9' });
  await waitFor(() => find(store, 'past-3')?.state.workers.size, { describe: 'the line' });
  await waitFor(() => !isCounted || inotifyWatches() > watches, { describe: 'its watches' });
  const resumed = sessionDir(home, 'past-199');
  writeSessionInfo(resumed, { session: 'past-199', project, pid: process.pid, started: now });
  store.check(['past-199', 'none']);
  await waitFor(() => find(store, 'past-199')?.live, { describe: 'the resumed session' });
  expect(store.past()).toHaveLength(198);
  expect(errors).toEqual([]);
});

test('without events everything is found by polling: what is new, what grows, what is gone', async () => {
  const [home, project] = [tempDir(), tempDir()];
  const dir = startSession(home, project, 's1');
  await waitFor(() => inotifyWatches() === 0, { describe: 'the watches of the test before to end' });
  // live sessions are not read at an interval meanwhile, which would find changes as well
  const { store, errors } = await startStore(home, project, { polling: 'always', superviseMs: 600_000 });
  publish(dir, Date.now(), { t: 'spawn', worker: 'W1' });
  await waitFor(() => find(store, 's1')?.state.workers.size === 1, { describe: 'the worker' });
  startSession(home, project, 's2');
  await waitFor(() => find(store, 's2'), { describe: 'the new session' });
  writeFileSync(join(dir, 'flags', 'abort-W1'), '');
  await waitFor(() => readdirSync(join(dir, 'flags')).length === 0, { describe: 'the flag to be obeyed' });
  rmSync(dir, { recursive: true });
  await waitFor(() => store.list().length === 1, { describe: 'the session to be gone' });
  expect(inotifyWatches()).toBe(0);
  expect(errors).toEqual([]);
});

test('a session on another machine is shown, and nothing is written to it', async () => {
  const [home, project] = [tempDir(), tempDir()];
  const dir = startSession(home, project, 's1');
  const info = { session: 's1', project, pid: 7, started: Date.now() };
  writeSessionInfo(dir, { ...info, host: 'another-machine/boot-9/pid:[1]' });
  // a line that its writer has not armed, of a block that is over
  const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait', ttlMs: 1, ts: Date.now() };
  appendFileSync(sessionPaths(dir).log, `${JSON.stringify(block)}\n`);
  mkdirSync(sessionPaths(dir).flags, { recursive: true });
  writeFileSync(join(sessionPaths(dir).flags, 'release-all'), '');
  const files = (): string[] => readdirSync(dir, { recursive: true }).map(String).toSorted();
  const before = files();
  // the control, with the same flag: once that is obeyed, that of the other machine would have been, too
  const { flags } = sessionPaths(startSession(home, project, 's2'));
  mkdirSync(flags, { recursive: true });
  writeFileSync(join(flags, 'release-all'), '');
  const { store, errors } = await startStore(home, project, { superviseMs: 20 });
  const shown = find(store, 's1');
  await waitFor(() => readdirSync(flags).length === 0, { describe: 'the flag of this machine’s session to be obeyed' });
  shown?.append(Date.now(), { t: 'dismiss', ref: 0, by: 'user' });
  expect(shown?.view(Date.now(), 120).session).toMatchObject({
    live: true,
    reach: { outOfReach: 'machine', noTerminal: true },
  });
  // its number is that of another process here
  expect(shown?.pid).toBeUndefined();
  expect(files()).toEqual(before);
  expect(shown?.state.events).toBe(3);
  expect(errors).toEqual([]);
  // the same session, resumed here
  writeSessionInfo(dir, { ...info, pid: process.pid, host: hostIdentity() });
  await waitFor(() => files().length > before.length, { describe: 'it to be armed' });
  expect(shown?.view(Date.now(), 120).session.reach).toEqual({});
});

test('a large log is folded in parts, and is shown once all of it is folded', async () => {
  const [home, project] = [tempDir(), tempDir()];
  const dir = startSession(home, project, 'large');
  const lines = Array.from(
    { length: 20_000 },
    (_, i) => `{"t":"progress","worker":"W1","pct":${i % 100},"message":"${i}"}\n`,
  );
  appendFileSync(sessionPaths(dir).log, lines.join(''));
  const session = new LoggedSession('large', dir);
  let parts = 0;
  do {
    session.refresh();
    parts++;
    // what a part of it says is of long ago
    expect(session.isFolded).toBe(!session.isBehind);
  } while (session.isBehind);
  expect(parts).toBeGreaterThan(3);
  expect(session.state.events).toBe(lines.length + 2);
  const { store } = await startStore(home, project);
  const shown = new Set<number | undefined>();
  await waitFor(() => shown.add(find(store, 'large')?.state.events).has(lines.length + 2), { describe: 'all of it' });
  expect([...shown].filter((events) => events !== undefined)).toEqual([lines.length + 2]);
  // a part that is added to it is folded as ever
  publish(dir, Date.now(), { t: 'spawn', worker: 'W2' });
  await waitFor(() => find(store, 'large')?.state.workers.has('W2'), { describe: 'the next line' });
});
