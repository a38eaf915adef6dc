import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  lutimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { joinFolder } from '#core/session/folder.ts';
import { createLog } from '#core/log/append.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { pruneSessions, whyNotDelete, type PruneResult } from '#core/session/deletion.ts';
import { publish } from '#core/session/publish.ts';
import { writeSeat } from '#core/session/seat.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import type { SessionInfo } from '#protocol/fileFormats.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const DAY = 86_400_000;
const now = Date.now();
let home: string;
beforeEach(() => {
  home = join(tempDir(), '.fermata');
});

/** A session whose log grew last so many days ago. */
function session(
  id: string,
  days: number,
  info: Partial<SessionInfo> = {},
  ...events: Parameters<typeof publish>[2][]
): string {
  const dir = sessionDir(home, id);
  createLog(dir, now - days * DAY);
  writeSessionInfo(dir, { session: id, project: `/projects/${id}`, started: now - days * DAY, ...info });
  publish(dir, now - days * DAY, ...events);
  const then = new Date(now - days * DAY);
  utimesSync(sessionPaths(dir).log, then, then);
  return dir;
}
const self = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '', host: hostIdentity() };
const deadProcess = { ...self, startTime: '1' };
const prune = (dryRun = false): Promise<PruneResult> => pruneSessions({ home, now, olderThanMs: 14 * DAY, dryRun });
const names = (): string[] => readdirSync(join(home, 'sessions')).toSorted();

test('old sessions go with all that is in them, younger ones stay', async () => {
  const dir = session('old', 15, deadProcess);
  mkdirSync(join(dir, 'workers', 'W1', 'out'), { recursive: true });
  session('young', 13, deadProcess);
  expect((await prune(true)).removed).toMatchObject([{ session: 'old', project: '/projects/old' }]);
  expect(names()).toEqual(['old', 'young']);
  expect(await prune()).toMatchObject({ removed: [{ session: 'old' }], kept: [] });
  expect(names()).toEqual(['young']);
});

test('never one whose Claude or worker may be there', async () => {
  session('live', 100, self);
  session('elsewhere', 100, { ...self, host: 'another-machine/1' });
  session('working', 100, deadProcess, { t: 'spawn', worker: 'W1', ...self });
  const { removed, kept } = await prune();
  expect(removed).toEqual([]);
  expect(kept.map((k) => k.session).toSorted()).toEqual(['elsewhere', 'live', 'working']);
  expect(kept.find((k) => k.session === 'working')?.why).toContain('W1');
  expect(names()).toEqual(['elsewhere', 'live', 'working']);
});

test('an earlier boot of this machine is over, and so is a worker that has ended', async () => {
  session('rebooted', 20, { ...self, host: hostIdentity().replace(/\/[^/]+/, '/00000000') });
  session('ended', 20, deadProcess, { t: 'spawn', worker: 'W1', ...self }, { t: 'exit', worker: 'W1', code: 0 });
  expect((await prune()).removed).toHaveLength(2);
});

test('a session in which a younger one works stays; the names of old ones go with it, links of an older Fermata too', async () => {
  const target = session('target', 30, deadProcess);
  const age = (name: string, days: number): void =>
    lutimesSync(join(home, 'sessions', name), new Date(now - days * DAY), new Date(now - days * DAY));
  symlinkSync('target', join(home, 'sessions', 'linked-long-ago'), 'dir');
  age('linked-long-ago', 30);
  for (const name of ['joined-long-ago', 'joined-today']) joinFolder(join(home, 'sessions', name), target);
  age('joined-long-ago', 30);
  age('joined-today', 0);
  expect((await prune()).kept).toMatchObject([
    { session: 'target', why: expect.stringContaining('younger') as string },
  ]);
  expect(existsSync(target)).toBe(true);
  age('joined-today', 30);
  expect((await prune()).removed).toMatchObject([{ session: 'target' }]);
  expect(names()).toEqual([]);
});

test('what an interrupted call left goes, and no link is followed out of the folder', async () => {
  const precious = tempDir();
  appendFileSync(join(precious, 'file'), 'x');
  const dir = session('old', 30, deadProcess);
  symlinkSync(precious, join(dir, 'workers', 'elsewhere'), 'dir');
  mkdirSync(join(home, 'sessions', '.pruned-before', 'x'), { recursive: true });
  await prune();
  expect(names()).toEqual([]);
  expect(lstatSync(join(precious, 'file')).size).toBe(1);
});

test('a folder of a session that is gone from where it had joined another goes when it is old', async () => {
  for (const [name, days] of [
    ['a.joined', 30],
    ['b.joined', 1],
  ] as const) {
    const path = join(home, 'sessions', name);
    mkdirSync(path, { recursive: true });
    utimesSync(path, new Date(now - days * DAY), new Date(now - days * DAY));
  }
  await prune();
  expect(names()).toEqual(['b.joined']);
});

test('a copy of another machine’s session stays while words of this machine have not arrived at its seat', async () => {
  const dir = session('copied', 30, {});
  rmSync(sessionPaths(dir).info);
  renameSync(sessionPaths(dir).log, sessionPaths(dir).copy);
  writeFileSync(sessionPaths(dir).log, '\n{"t":"log","level":"info","message":"x"}\n\n{"t":"log"');
  writeSeat(dir, { space: 't', seat: 'laptop', machine: 'gpu1', gen: 'g_a', of: 'g', base: 0 });
  const arrives = (off: number): void =>
    appendFileSync(sessionPaths(dir).copy, `{"t":"taken","via":"gpu1/g_a","off":${off}}\n`);
  const age = (): void => {
    for (const path of [sessionPaths(dir).log, sessionPaths(dir).copy])
      utimesSync(path, new Date(now - 30 * DAY), new Date(now - 30 * DAY));
  };
  age();
  expect((await prune()).kept).toEqual([
    {
      session: 'copied',
      why: `42 bytes that were published on this machine have not arrived at laptop; who gives them up deletes ${dir}`,
    },
  ]);
  arrives(20);
  age();
  expect((await prune()).kept).toMatchObject([{ why: expect.stringMatching(/^22 bytes/) as string }]);
  expect(whyNotDelete(home, 'copied')).toContain('laptop');
  arrives(42);
  age();
  expect(await prune()).toMatchObject({ removed: [{ session: 'copied' }], kept: [] });
});
