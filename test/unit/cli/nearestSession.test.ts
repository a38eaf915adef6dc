import { mkdirSync, realpathSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { nearestSessions } from '#cli/nearestSession.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { createLog } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let home: string;
beforeEach(() => {
  root = realpathSync.native(tempDir());
  home = join(root, '.fermata');
  mkdirSync(join(root, 'work/app/src'), { recursive: true });
});

const here = { host: hostIdentity(), started: 0 };
const self = { ...here, pid: process.pid, startTime: startTimeOf(process.pid) };
const unknown = { ...self, host: 'another/1/2' };
const dead = { ...here, pid: 2 ** 22 - 3, startTime: '1' };
/** Another process that lives, and that did not start this one. */
const stranger = { ...here, pid: 1, startTime: startTimeOf(1) };

/** Records a session of a project; a later one was active later. */
let clock = 1_700_000_000;
function session(id: string, project: string, process: object = stranger): void {
  const dir = sessionDir(home, id);
  createLog(dir, Date.now());
  writeSessionInfo(dir, { session: id, project: join(root, project), started: 0, ...process });
  utimesSync(sessionPaths(dir).log, ++clock, clock);
}

const chosen = (folder: string): string[] => nearestSessions(home, join(root, folder)).sessions.map(({ id }) => id);

test('the session whose project is the nearest, not the one that was active last', () => {
  session('app', 'work/app');
  session('work', 'work');
  session('elsewhere', 'other');
  expect(chosen('work/app')[0]).toBe('app');
  expect(chosen('work/app/src')[0]).toBe('app');
  expect(chosen('work')).toEqual(['work']);
});

test('of one folder the session whose Claude runs this process, then the one that was active last', () => {
  session('own', 'work', self);
  session('later', 'work');
  session('latest', 'work');
  expect(chosen('work')).toEqual(['own', 'latest', 'later']);
});

test('one that lives before one of which that is not known, and none that has ended', () => {
  session('live', 'work');
  session('unknown', 'work/app', unknown);
  session('dead', 'work/app/src', dead);
  expect(chosen('work/app/src')).toEqual(['live', 'unknown']);
  expect(nearestSessions(home, join(root, 'work/app/src')).ended).toBe(1);
});

test('links are followed, also to a folder that was removed', () => {
  session('work', 'link');
  symlinkSync('work', join(root, 'link'));
  expect(chosen('work/app')).toEqual(['work']);
  rmSync(join(root, 'work/app'), { recursive: true });
  expect(chosen('work/app/src')).toEqual(['work']);
});

test('what changes a session names it, where only the folder has chosen it', async () => {
  session('app', 'work/app');
  session('work', 'work');
  const stage = { env: () => ({ FERMATA_HOME: home }), project: join(root, 'work/app/src') };
  expect(await fermata(stage, {}, 'tell', 'W1', 'hello')).toMatchObject({
    code: 0,
    err: `fermata: session app of ${join(root, 'work/app')}\n`,
  });
  expect(await fermata(stage, {}, 'status')).toMatchObject({ err: '' });
  expect(await fermata(stage, {}, 'tell', 'W1', 'hello', '--session', 'work')).toMatchObject({ code: 0, err: '' });
  expect(eventsOf(sessionDir(home, 'app'), 'tell')).toHaveLength(1);
});

describe('where the Claude that is known of the only session is gone', () => {
  const CLAUDE = { CLAUDECODE: '1' };
  const call = (env: Record<string, string>, ...args: string[]) =>
    fermata({ env: (more) => ({ FERMATA_HOME: home, ...more }), project: join(root, 'work/app') }, env, ...args);
  const wait = (env: Record<string, string>) => call(env, 'wait', 'clear:B1', '--timeout', '10ms');
  beforeEach(() => {
    session('gone', 'work', dead);
    publish(sessionDir(home, 'gone'), 0, {
      t: 'hook',
      worker: 'gate',
      event: 'PreToolUse',
      exit: 2,
      stderr: 'not now',
    });
  });

  test('a wait inside Claude concerns it, as a refusal names it', async () => {
    expect(await wait(CLAUDE)).toMatchObject({ code: 4, err: expect.stringContaining('still waiting') as string });
  });

  test('not where the nearest one has recorded its end', async () => {
    session('ended', 'work/app', dead);
    publish(sessionDir(home, 'ended'), 0, { t: 'end', reason: 'other' });
    expect(await wait(CLAUDE)).toMatchObject({ code: 3, err: expect.stringContaining('have ended') as string });
  });

  test('nor does a person wait for it, who would wait without end', async () => {
    expect(await wait({})).toMatchObject({ code: 3 });
  });

  test('and nothing is published in it', async () => {
    const before = eventsOf(sessionDir(home, 'gone'));
    for (const args of [['tell', 'W1', 'hello'], ['block', 'no'], ['checkpoint', 'half'], ['status']])
      expect(await call(CLAUDE, ...args), args.join(' ')).toMatchObject({ code: 3 });
    expect(eventsOf(sessionDir(home, 'gone'))).toEqual(before);
  });
});
