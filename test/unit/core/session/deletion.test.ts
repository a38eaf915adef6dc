import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { joinFolder } from '#core/session/folder.ts';
import { createLog } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { sessionDir, workerPaths } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { folderSize, deleteSession, whyNotDelete } from '#core/session/deletion.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import type { SessionInfo } from '#protocol/fileFormats.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const self = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '', host: hostIdentity() };
const deadProcess = { ...self, startTime: '1' };
let home: string;
beforeEach(() => {
  home = tempDir();
});

function session(id: string, info: Partial<SessionInfo>, ...events: Parameters<typeof publish>[2][]): string {
  const dir = sessionDir(home, id);
  createLog(dir, Date.now());
  writeSessionInfo(dir, { session: id, project: '/p', started: Date.now(), ...info });
  publish(dir, Date.now(), ...events);
  return dir;
}
const names = (): string[] => readdirSync(join(home, 'sessions')).toSorted();

test('a session that is over goes with all that is in it and the names that lead to it, and nothing else does', async () => {
  const dir = session('over', deadProcess, { t: 'spawn', worker: 'W1' });
  session('other', deadProcess);
  const { out, dir: own } = workerPaths(dir, 'W1');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'result.csv'), 'x'.repeat(1000));
  const precious = join(home, 'precious');
  writeFileSync(precious, 'y'.repeat(5000));
  symlinkSync(precious, join(own, 'elsewhere'));
  joinFolder(join(home, 'sessions', 'continued'), dir);
  symlinkSync('over', join(home, 'sessions', 'linked'), 'dir');
  const { files, bytes } = folderSize(dir);
  expect(files).toBeGreaterThanOrEqual(4);
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThan(5000);
  await deleteSession(home, 'over');
  expect(names()).toEqual(['other']);
  expect(existsSync(precious)).toBe(true);
});

test('never one whose Claude or whose worker may be there', async () => {
  session('live', self);
  session('working', deadProcess, { t: 'spawn', worker: 'W1', ...self });
  session('elsewhere', { ...self, host: 'another-machine/1' });
  for (const id of ['live', 'working', 'elsewhere']) await expect(deleteSession(home, id)).rejects.toThrow('is there');
  expect(names()).toEqual(['elsewhere', 'live', 'working']);
});

test('nor one in which another session works', async () => {
  session('over', deadProcess);
  const joined = session('joined', self);
  mkdirSync(`${joined}.joined`);
  writeSessionInfo(`${joined}.joined`, { session: 'joined', project: '/p', started: 0, ...self });
  const { rm } = await import('node:fs/promises');
  await rm(joined, { recursive: true });
  joinFolder(joined, 'over');
  await expect(deleteSession(home, 'over')).rejects.toThrow('the session joined works in it');
  writeSessionInfo(`${joined}.joined`, { session: 'joined', project: '/p', started: 0, ...deadProcess });
  expect(whyNotDelete(home, 'over')).toBeUndefined();
});

test('one that is not there, or is no name of one, is said to be gone', async () => {
  for (const id of ['none', '../..', '']) await expect(deleteSession(home, id)).rejects.toThrow('no such session');
});
