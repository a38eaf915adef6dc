import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { joinedFolder } from '#core/session/folder.ts';
import { readSessionInfo, writeSessionInfo } from '#core/session/info.ts';
import { joinSession } from '#core/session/join.ts';
import { publish } from '#core/session/publish.ts';
import { HookContext, type HookEnvironment } from '#hooks/hookContext.ts';
import { isWorkerAtWork, livesElsewhere, resolveSession, resumeSession } from '#hooks/resolveSession.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import type { ClaudeOf } from '#protocol/fileFormats.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { killGroup, spawnGroup, type GroupProcess } from '#test/lib/processGroup.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

const NOW = Date.now();
let home: string;
let project: string;
const running: GroupProcess[] = [];

beforeEach(() => {
  home = join(tempDir(), '.fermata');
  project = realpathSync(tempDir());
  mkdirSync(homePaths(home).sessions, { recursive: true });
});
afterEach(() => {
  for (const child of running.splice(0)) killGroup(child);
});
afterAll(removeTempDirs);

const claudeAt = (pid: number): ClaudeOf => ({ pid, host: hostIdentity(), startTime: startTimeOf(pid) });

/** A process that runs below this one: a Claude of its own. */
async function claude(): Promise<number> {
  const child = spawnGroup('sleep', ['600'], { env: {} });
  running.push(child);
  await once(child, 'spawn');
  return child.pid ?? 0;
}

async function endedPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

/** A session of that Claude with these events. */
function session(id: string, of: ClaudeOf, ...events: NewEvent[]): string {
  const dir = sessionDir(home, id);
  createLog(dir, NOW);
  writeSessionInfo(dir, { session: id, project, started: 1, ...of });
  publish(dir, NOW, { t: 'session', session: id, cwd: project }, ...events);
  return dir;
}

const environment = (env: Record<string, string> = {}): HookEnvironment => {
  return { home, env, now: () => NOW, timeoutSeconds: 60 };
};
const payload = (more: Partial<HookPayload> = {}): HookPayload => {
  return { session_id: 'own', hook_event_name: 'SessionStart', cwd: project, ...more };
};
const resolved = (pid: number, env: Record<string, string> = {}, more: Partial<HookPayload> = {}) =>
  resolveSession(payload(more), environment(env), pid);
const own = (): string => sessionDir(home, 'own');
const starts = (dir: string): Record<string, unknown>[] => eventsOf(dir, 'session');
const WORK: NewEvent = { t: 'spawn', worker: 'W1' };

test('a new session has a folder and a log, with the process of its Claude in both, and is new once', async () => {
  const pid = await claude();
  const fields = { source: 'startup', model: 'm', transcript_path: '/t.jsonl' } as const;
  expect(resolved(pid, {}, fields)).toEqual({ dir: own(), isNew: true });
  expect(starts(own())).toMatchObject([
    { session: 'own', cwd: project, pid, source: 'startup', model: 'm', transcript: '/t.jsonl' },
  ]);
  expect(starts(own())[0]).not.toHaveProperty('continues');
  expect(starts(own())[0]).not.toHaveProperty('realCwd');
  expect(readSessionInfo(own())).toEqual({ session: 'own', project, started: NOW, ...claudeAt(pid) });
  expect(resolved(pid, {}, fields)).toEqual({ dir: own(), isNew: false });
  expect(starts(own())).toHaveLength(1);
});

test('its project is what Claude Code names, else the folder of the call; of a link both names are kept', async () => {
  const pid = await claude();
  const link = join(tempDir(), 'link');
  symlinkSync(project, link);
  resolved(pid, { CLAUDE_PROJECT_DIR: link }, { cwd: '/elsewhere' });
  expect(starts(own())).toMatchObject([{ cwd: link, realCwd: project }]);
  expect(readSessionInfo(own())?.project).toBe(link);
  resolved(pid, { CLAUDE_PROJECT_DIR: '' }, { session_id: 'other', cwd: project });
  expect(starts(sessionDir(home, 'other'))).toMatchObject([{ cwd: project }]);
});

test('a session that the shell of another one starts works in its folder, as a worker of it', async () => {
  const parent = session('parent', claudeAt(process.pid));
  const pid = await claude();
  expect(resolved(pid, { FERMATA_PARENT: 'parent' })).toEqual({ dir: parent, isNew: false });
  expect(joinedFolder(own())).toBe(parent);
  expect(eventsOf(parent, 'spawn')).toMatchObject([
    { kind: 'session', parent: 'conductor', pid, host: hostIdentity(), startTime: startTimeOf(pid), cwd: project },
  ]);
  expect(resolved(pid, { FERMATA_PARENT: 'parent' })).toEqual({ dir: parent, isNew: false });
  expect(eventsOf(parent, 'spawn')).toHaveLength(1);
});

test('one that a runner starts has the name of its worker, whose process the runner records', async () => {
  const parent = session('parent', claudeAt(process.pid), WORK);
  const pid = await claude();
  const env = { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: parent, FERMATA_PARENT: 'none' };
  expect(resolved(pid, env)).toEqual({ dir: parent, isNew: false });
  const [, spawned] = eventsOf(parent, 'spawn');
  expect(spawned).toMatchObject({ worker: 'W1', kind: 'session' });
  expect(spawned).not.toHaveProperty('pid');
});

test('a name that is none makes no worker, and the session works there all the same', async () => {
  const parent = session('parent', claudeAt(process.pid));
  const env = { FERMATA_WORKER: 'a b', FERMATA_SESSION_DIR: parent };
  expect(resolved(await claude(), env).dir).toBe(parent);
  expect(eventsOf(parent, 'spawn')).toEqual([]);
});

test('a worker that is at work counts though its session is over; one that has ended does not', async () => {
  const over = claudeAt(process.pid);
  const parent = session('parent', over, WORK, { t: 'end' });
  const env = { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: parent };
  publish(parent, NOW, { t: 'exit', worker: 'W1', code: 0 });
  expect(resolved(await claude(), env)).toEqual({ dir: own(), isNew: true });
});

test.each<[string, (pid: number, dead: number) => Promise<unknown> | void, Record<string, string>]>([
  ['itself', () => {}, { FERMATA_PARENT: 'own' }],
  ['a path', () => {}, { FERMATA_PARENT: '../sessions/parent' }],
  ['one that is not there', () => {}, { FERMATA_PARENT: 'none' }],
  [
    'one whose process is none of its own',
    (pid) => void session('parent', claudeAt(pid)),
    { FERMATA_PARENT: 'parent' },
  ],
  [
    'one that has ended',
    () => void session('parent', claudeAt(process.pid), { t: 'end' }),
    { FERMATA_PARENT: 'parent' },
  ],
  [
    'one in a folder of another home',
    () => {},
    { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: '/elsewhere/sessions/parent' },
  ],
])('the environment is not believed where it names %s', async (_what, make, env) => {
  const [pid, other] = [await claude(), await claude()];
  await make(other, other);
  expect(resolved(pid, env)).toEqual({ dir: own(), isNew: true });
});

test('what continues another session in one process works there while that has open work', async () => {
  const pid = await claude();
  const before = session('before', claudeAt(pid), WORK);
  expect(resolved(pid)).toEqual({ dir: before, isNew: true });
  expect(joinedFolder(own())).toBe(before);
  expect(starts(before).at(-1)).toMatchObject({ session: 'own', continues: 'before', pid });
  expect(readSessionInfo(before)).toMatchObject({ session: 'own', started: 1, pid });
  expect(eventsOf(before, 'end')).toEqual([]);
});

test('a block that stands is open work, too', async () => {
  const pid = await claude();
  const before = session('before', claudeAt(pid), { t: 'hook', worker: 'user', event: 'Stop', exit: 2, message: 'x' });
  expect(resolved(pid).dir).toBe(before);
});

test('without open work it begins its own, and the other one has ended', async () => {
  const pid = await claude();
  const ended: NewEvent[] = [WORK, { t: 'exit', worker: 'W1', code: 0 }];
  const before = session('before', claudeAt(pid), ...ended);
  expect(resolved(pid)).toEqual({ dir: own(), isNew: true });
  expect(starts(own())).toMatchObject([{ continues: 'before' }]);
  expect(eventsOf(before, 'end')).toMatchObject([{ reason: 'goes on as own' }]);
});

test('one that has ended does not end once more', async () => {
  const pid = await claude();
  const before = session('before', claudeAt(pid), { t: 'end' });
  resolved(pid);
  expect(eventsOf(before, 'end')).toHaveLength(1);
});

test('a log of a newer format is neither continued nor ended', async () => {
  const pid = await claude();
  const before = session('before', claudeAt(pid), WORK);
  const { log } = sessionPaths(before);
  writeFileSync(log, readFileSync(log, 'utf8').replace(/"format":\d+/, '"format":999'));
  const text = readFileSync(log, 'utf8');
  expect(text).toContain('"format":999');
  expect(resolved(pid)).toEqual({ dir: own(), isNew: true });
  expect(readFileSync(log, 'utf8')).toBe(text);
});

test.each<[string, Partial<ClaudeOf>]>([
  ['the number was given again', { startTime: '1' }],
  ['the machine is another one', { host: 'elsewhere/1' }],
])('it is another process where %s', async (_why, other) => {
  const pid = await claude();
  const before = session('before', { ...claudeAt(pid), ...other }, WORK);
  expect(resolved(pid)).toEqual({ dir: own(), isNew: true });
  expect(starts(own())[0]).not.toHaveProperty('continues');
  expect(eventsOf(before, 'end')).toEqual([]);
});

test('a fork has left the session that it was forked from', async () => {
  const [pid, first, third] = [await claude(), await claude(), await claude()];
  const before = session('before', { ...claudeAt(first) });
  const info = { session: 'before', project, started: 1, ...claudeAt(first) };
  writeSessionInfo(before, { ...info, alsoIn: [claudeAt(pid), claudeAt(third)] });
  expect(resolved(pid)).toEqual({ dir: own(), isNew: true });
  expect(readSessionInfo(before)).toEqual({ ...info, alsoIn: [claudeAt(third)] });
});

test('a file in the place of its folder that names no session is set aside', async () => {
  writeFileSync(own(), 'nothing\n');
  expect(resolved(await claude())).toEqual({ dir: own(), isNew: true });
  const names = readdirSync(homePaths(home).sessions);
  expect(names.filter((name) => name.startsWith('own.aside-'))).toHaveLength(1);
});

/** A hook of the session at a later event, whose Claude is the process that has started these tests. */
async function resume(
  event: HookPayload['hook_event_name'],
  isNew = false,
  env: Record<string, string> = {},
): Promise<void> {
  const writer = await new SessionWriter(own(), environment(env)).open(async () => undefined);
  const later = payload({ hook_event_name: event, source: 'resume' });
  resumeSession(new HookContext(later, environment(env), writer, isNew), writer);
}

const HERE = claudeAt(process.ppid);

test('a session that goes on in another process has that one recorded, and what lived in the last one is lost', async () => {
  const pid = await endedPid();
  session(
    'own',
    { pid, host: hostIdentity(), startTime: '1' },
    { t: 'turn', state: 'working' },
    {
      t: 'spawn',
      worker: 'a1',
      kind: 'subagent',
      parent: 'conductor',
    },
  );
  await resume('UserPromptSubmit');
  expect(starts(own()).at(-1)).toMatchObject({ pid: process.ppid, source: 'resume' });
  expect(readSessionInfo(own())).toMatchObject({ ...HERE, started: 1 });
  expect(eventsOf(own(), 'exit')).toMatchObject([{ worker: 'a1', lost: true }]);
});

test('nothing is recorded where it is the same process, or the start was just recorded', async () => {
  session('own', HERE);
  await resume('UserPromptSubmit');
  expect(starts(own())).toHaveLength(1);
  writeSessionInfo(own(), { session: 'own', project, started: 1, pid: await endedPid(), host: hostIdentity() });
  await resume('UserPromptSubmit', true);
  expect(starts(own())).toHaveLength(1);
});

test('a start beside a process that runs may be a fork: it is kept as another one until it is prompted', async () => {
  const pid = await claude();
  session('own', claudeAt(pid));
  await resume('SessionStart');
  const info = { session: 'own', project, started: 1 };
  expect(readSessionInfo(own())).toEqual({ ...info, ...claudeAt(pid), alsoIn: [HERE] });
  await resume('SessionStart');
  expect(readSessionInfo(own())?.alsoIn).toEqual([HERE]);
  expect(starts(own())).toHaveLength(1);
  await resume('UserPromptSubmit');
  expect(readSessionInfo(own())).toEqual({ ...info, ...HERE, alsoIn: [claudeAt(pid)] });
  expect(eventsOf(own(), 'end')).toEqual([]);
});

test('a session lives on in another process, which is then the recorded one', async () => {
  const [first, second] = [await claude(), await claude()];
  session('own', HERE);
  const info = { session: 'own', project, started: 1 };
  expect(livesElsewhere(own())).toBe(false);
  writeSessionInfo(own(), {
    ...info,
    ...HERE,
    alsoIn: [claudeAt(first), claudeAt(second), claudeAt(await endedPid())],
  });
  expect(livesElsewhere(own())).toBe(true);
  expect(readSessionInfo(own())).toEqual({ ...info, ...claudeAt(first), alsoIn: [claudeAt(second)] });
  expect(livesElsewhere(own())).toBe(true);
  expect(livesElsewhere(sessionDir(home, 'none'))).toBe(false);
});

describe('a session that has joined another one', () => {
  /** Both sessions, with the worker that the joined one is. */
  async function joined(): Promise<{ parent: string; worker: string; pid: number }> {
    const pid = await claude();
    const parent = session('parent', claudeAt(process.pid));
    session('own', claudeAt(pid));
    const { worker } = joinSession({ home, session: 'own', target: 'parent', now: NOW });
    return { parent, pid, worker };
  }
  const start = (pid: number, hook_event_name: HookPayload['hook_event_name'] = 'SessionStart'): string =>
    resolved(pid, {}, { hook_event_name }).dir;

  test('stays there for as long as its process runs', async () => {
    const { parent, pid } = await joined();
    expect(start(pid)).toBe(parent);
    expect(joinedFolder(own())).toBe(parent);
  });

  test.each<[string, (parent: string, worker: string, dead: number) => void]>([
    ['has ended', (parent, worker) => publish(parent, NOW, { t: 'exit', worker, code: 0 })],
    [
      'has a process that is gone',
      (parent, worker, pid) => publish(parent, NOW, { t: 'spawn', worker, pid, host: hostIdentity(), startTime: '1' }),
    ],
    [
      'is not known there any more',
      (parent) => {
        rmSync(sessionPaths(parent).log);
        createLog(parent, NOW);
      },
    ],
  ])('has its own folder again at its next start, where its worker %s', async (_what, happen) => {
    const { parent, worker, pid } = await joined();
    happen(parent, worker, await endedPid());
    // only at a start: the process that joined may be about to end
    expect(start(pid, 'PreToolUse')).toBe(parent);
    expect(start(pid)).toBe(own());
    expect(joinedFolder(own())).toBeUndefined();
    expect(eventsOf(own(), 'end')).toMatchObject([{ reason: 'joined' }]);
  });
});

describe('a session that another one continued in its folder', () => {
  const continued = (of: ClaudeOf): string => session('own', of, { t: 'session', session: 'next', cwd: project });
  const DEAD = { host: hostIdentity(), startTime: '1' };

  test('is the one there again, once it is resumed and nothing else runs there', async () => {
    continued({ ...DEAD, pid: await endedPid() });
    await resume('UserPromptSubmit');
    expect(starts(own()).at(-1)).toMatchObject({ session: 'own', pid: process.ppid });
  });

  test('is a worker there while the other one runs', async () => {
    continued(claudeAt(await claude()));
    await resume('UserPromptSubmit');
    expect(starts(own())).toHaveLength(2);
  });

  test('is a worker of the session that has started it', async () => {
    session('parent', HERE);
    continued({ ...DEAD, pid: await endedPid() });
    await resume('UserPromptSubmit', false, { FERMATA_PARENT: 'parent' });
    expect(starts(own())).toHaveLength(2);
  });
});

test('what a worker at work has started starts no more of them', () => {
  const dir = session('parent', claudeAt(process.pid), WORK);
  const isAtWork = (env: Record<string, string>): boolean => isWorkerAtWork(environment(env));
  const env = { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: dir };
  expect(isAtWork(env)).toBe(true);
  expect(isAtWork({})).toBe(false);
  expect(isAtWork({ ...env, FERMATA_WORKER: '' })).toBe(false);
  expect(isAtWork({ ...env, FERMATA_WORKER: 'W2' })).toBe(false);
  expect(isAtWork({ ...env, FERMATA_SESSION_DIR: sessionDir(home, 'none') })).toBe(false);
  expect(isAtWork({ ...env, FERMATA_SESSION_DIR: join(tempDir(), 'sessions', 'parent') })).toBe(false);
  publish(dir, NOW, { t: 'exit', worker: 'W1', code: 0 });
  expect(isAtWork(env)).toBe(false);
  expect(existsSync(dir)).toBe(true);
});
