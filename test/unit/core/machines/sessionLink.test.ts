import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { makeClaim, recordHolder } from '#core/base/processClaim.ts';
import { writeBridgeStatus } from '#core/machines/bridgeStatus.ts';
import { bridgeProcess } from '#core/machines/ensureBridge.ts';
import { sessionLink } from '#core/machines/sessionLink.ts';
import { createLog } from '#core/log/append.ts';
import { makeCopy, shareSession } from '#core/session/seat.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const NOW = 1_000_000;
const status = (more: Partial<BridgeStatus> = {}): BridgeStatus => ({
  pid: process.pid,
  name: 'laptop',
  space: 't',
  server: 'nats://127.0.0.1:4222',
  connected: true,
  sinceTs: NOW - 5000,
  sessions: [{ session: 'S1', seat: 'laptop', behind: 0 }],
  machines: [
    { name: 'gpu1', heardTs: NOW - 3000, clockMs: 0, sessions: [] },
    { name: 'build1', heardTs: NOW - 90_000, clockMs: 0, sessions: [] },
  ],
  ...more,
});

/** A home whose bridge is this process. */
function home(written?: BridgeStatus): { home: string; dir: string } {
  const path = tempDir();
  const dir = sessionDir(path, 'S1');
  if (written !== undefined) {
    writeBridgeStatus(path, written);
    mkdirSync(homePaths(path).bridgeRun);
    const claim = join(homePaths(path).bridgeRun, 'run');
    makeClaim(claim);
    recordHolder(claim);
  }
  return { home: path, dir };
}

test('a session that is not shared has no link', () => {
  const { home: at, dir } = home(status());
  createLog(dir, NOW);
  expect(sessionLink(at, dir, NOW)).toBeUndefined();
});

test('at the seat: who is heard, and what waits', () => {
  const { home: at, dir } = home(status());
  createLog(dir, NOW);
  shareSession(dir, { space: 't', machine: 'laptop' });
  const link = sessionLink(at, dir, NOW);
  expect(link).toMatchObject({
    seat: 'laptop',
    here: true,
    connected: true,
    behind: 0,
    machines: ['gpu1'],
    problem: null,
  });
  expect(link?.heard).toEqual({ gpu1: NOW - 3000, build1: NOW - 90_000 });
});

test('on a copy without a connection: why, and that the words wait', () => {
  const sessions = [{ session: 'S1', seat: 'laptop', behind: 312, lines: 3 }];
  const at = home(status({ name: 'gpu1', connected: false, problem: 'nobody answers', sessions }));
  makeCopy(at.dir, { space: 't', seat: 'laptop', machine: 'gpu1' });
  expect(sessionLink(at.home, at.dir, NOW)).toMatchObject({
    seat: 'laptop',
    machine: 'gpu1',
    here: false,
    connected: false,
    sinceTs: NOW - 5000,
    behind: 312,
    lines: 3,
    problem: 'nobody answers',
  });
});

test('a copy has the name that the session has at its seat', () => {
  const laptop = { name: 'laptop', heardTs: NOW, clockMs: 0, sessions: [{ session: 'S1', name: 'Fix the rounding' }] };
  const at = home(status({ name: 'gpu1', machines: [laptop] }));
  makeCopy(at.dir, { space: 't', seat: 'laptop', machine: 'gpu1' });
  expect(sessionLink(at.home, at.dir, NOW)).toMatchObject({ name: 'Fix the rounding', seatHeardTs: NOW });
});

test('without a bridge nothing counts as connected, whatever the last one wrote', () => {
  const at = home();
  writeBridgeStatus(at.home, status());
  createLog(at.dir, NOW);
  shareSession(at.dir, { space: 't', machine: 'laptop' });
  const why = 'the bridge of this machine does not run';
  expect(sessionLink(at.home, at.dir, NOW)).toMatchObject({ connected: false, sinceTs: null, problem: why });
});

test('one process is the bridge of a home; one that is gone, or never recorded itself, is replaced', () => {
  const { home: at } = home();
  expect(bridgeProcess(at).isAlive(Date.now())).toBe(false);
  expect(bridgeProcess(at).claim(Date.now())).toBe(true);
  expect(bridgeProcess(at).claim(Date.now())).toBe(false);
  expect([bridgeProcess(at).isAlive(Date.now()), bridgeProcess(at).isOwn()]).toEqual([true, true]);
  const record = join(homePaths(at).bridgeRun, 'run', 'runner.json');
  writeFileSync(record, JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1', host: 'elsewhere' }));
  expect([bridgeProcess(at).isAlive(Date.now()), bridgeProcess(at).isOwn()]).toEqual([false, false]);
  // the one that lost its claim leaves it alone
  bridgeProcess(at).release();
  expect(bridgeProcess(at).claim(Date.now())).toBe(true);
  bridgeProcess(at).release();
  makeClaim(join(homePaths(at).bridgeRun, 'run'));
  expect(bridgeProcess(at).claim(Date.now())).toBe(false);
  expect(bridgeProcess(at).claim(Date.now() + 60_000)).toBe(true);
});
