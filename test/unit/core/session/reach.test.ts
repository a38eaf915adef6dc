import { chownSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { readSessionInfo, writeSessionInfo } from '#core/session/info.ts';
import { reachOf, type Self } from '#core/session/reach.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const own: Self = { host: 'machine/boot-1/pid:[1]', uid: process.getuid?.() };

function startSession(host?: string, alsoIn?: string): string {
  const dir = sessionDir(tempDir(), 's1');
  createLog(dir, 1);
  const others = alsoIn === undefined ? undefined : [{ pid: 8, host: alsoIn }];
  writeSessionInfo(dir, { session: 's1', project: '/p', pid: 7, host, alsoIn: others, started: 1 });
  return dir;
}

const elsewhere = { outOfReach: 'machine', noTerminal: true };

test.each<[string, object, string | undefined, string?]>([
  ['of this machine', {}, own.host],
  ['of an older Fermata, which names no machine', {}, undefined],
  ['before this machine was started again', {}, 'machine/boot-0/pid:[1]'],
  ['on another machine', elsewhere, 'another/boot-9/pid:[1]'],
  ['in a container on this machine', { noTerminal: true }, 'machine/boot-1/pid:[2]'],
  ['on another machine and resumed here', {}, 'another/boot-9/pid:[1]', own.host],
])('a session %s', (_name, reach, host, alsoIn) => {
  const dir = startSession(host, alsoIn);
  expect(reachOf(dir, readSessionInfo(dir), own)).toEqual(reach);
});

test('a session of another user is out of reach also for root, who could write its log', () => {
  const dir = startSession(own.host);
  if (process.getuid?.() === 0) chownSync(sessionPaths(dir).log, 12_345, 12_345);
  const { uid: _, ...here } = own;
  expect(reachOf(dir, readSessionInfo(dir), { ...here, uid: 0 })).toEqual({ outOfReach: 'user' });
  expect(reachOf(dir, readSessionInfo(dir), { ...here, uid: undefined })).toEqual({});
});

test('on a file system that knows no users all files have one owner, and can be written', () => {
  const dir = startSession(own.host);
  expect(reachOf(dir, readSessionInfo(dir), { ...own, uid: 54_321 })).toEqual({});
});
