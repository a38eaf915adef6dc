import { once } from 'node:events';
import { afterAll, afterEach, expect, test } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { isAlive, startTimeOf } from '#core/base/processes.ts';
import { killWorker } from '#core/workers/killWorker.ts';
import { membersOf, ownsGroup } from '#core/workers/workerProcesses.ts';
import { killGroup, spawnGroup, type GroupProcess } from '#test/lib/processGroup.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

// A log names the process of a worker, and anybody may write a log: a process that is not the worker's gets no signal.

const leaders: GroupProcess[] = [];
afterEach(() => {
  for (const child of leaders.splice(0)) killGroup(child);
});
afterAll(removeTempDirs);

/** A process that leads a group of its own, as a worker's does. */
async function leader(): Promise<{ child: GroupProcess; pid: number; startTime: string }> {
  const child = spawnGroup('sleep', ['600'], { env: {} });
  leaders.push(child);
  await once(child, 'spawn');
  const { pid = 0 } = child;
  return { child, pid, startTime: startTimeOf(pid) ?? '' };
}

const host = hostIdentity();
const worker = 'W1';
const groupOf = (more: object): boolean => ownsGroup({ dir: '/none', worker, host, ...more });

test('a group is the worker’s where its leader is the process that the log names', async () => {
  const { pid, startTime } = await leader();
  expect(groupOf({ pid, startTime })).toBe(true);
  // the caller's own child, whose number cannot have been given to another one
  expect(groupOf({ pid, own: true })).toBe(true);
});

test('it is another one’s where the number was given again, or where that cannot be known', async () => {
  const { pid, startTime } = await leader();
  expect(groupOf({ pid, startTime: `${startTime}1` })).toBe(false);
  expect(groupOf({ pid })).toBe(false);
  expect(groupOf({ pid, startTime, host: 'another/boot-9/pid:[1]' })).toBe(false);
  expect(groupOf({ startTime })).toBe(false);
});

test.each([1, 0, -1])('no worker leads the group %i', (pid) => {
  expect(groupOf({ pid, startTime: startTimeOf(1), own: true })).toBe(false);
});

test('a group whose leader has ended is still the worker’s', async () => {
  const { child, pid, startTime } = await leader();
  const ended = once(child, 'exit');
  killGroup(child);
  await ended;
  expect(groupOf({ pid, startTime })).toBe(true);
});

test('a stranger with the number of a worker is no member of it, and survives its end', async () => {
  const { pid, startTime } = await leader();
  const stranger = { dir: tempDir(), worker, host, pid, startTime: `${startTime}1` };
  expect(membersOf(stranger)).toEqual([]);
  expect(await killWorker(stranger, 50)).toEqual([]);
  expect(isAlive(pid, startTime)).toBe(true);
});

test('the worker itself does not', async () => {
  const { pid, startTime } = await leader();
  const own = { dir: tempDir(), worker, host, pid, startTime };
  expect(membersOf(own)).toEqual([pid]);
  expect(await killWorker(own, 5000)).toEqual([]);
  expect(isAlive(pid, startTime)).toBe(false);
});
