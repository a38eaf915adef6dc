import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostIdentity, isMachineUnknown } from '#core/base/machine.ts';
import { hasInEnvironment, descendants, processesWith } from '#core/base/processTree.ts';
import { groupMembers, isAlive, isAncestor, runningMs, startTimeOf } from '#core/base/processes.ts';
import { psProcess } from '#core/base/psTable.ts';
import { interruptClaude } from '#core/claude/interrupt.ts';
import { claudeProcesses } from '#core/claude/processes.ts';
import { isSessionLive } from '#core/session/info.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const { pid, ppid, platform } = process;
const groupOf = (of: number): number => psProcess(of)?.group ?? -1;

describe.runIf(platform === 'linux').each(['linux', 'darwin'])('on %s', (name) => {
  beforeEach(() => void Object.defineProperty(process, 'platform', { value: name, configurable: true }));
  afterEach(() => void Object.defineProperty(process, 'platform', { value: platform, configurable: true }));

  test('a process is known by its start, its parent and its environment', () => {
    expect(startTimeOf(pid)).toBeTruthy();
    expect(startTimeOf(2 ** 22 + 7)).toBeUndefined();
    expect(Math.abs((runningMs(pid) ?? Infinity) - performance.now())).toBeLessThan(60_000);
    expect(isAncestor(ppid, pid)).toBe(true);
    expect(isAncestor(pid, ppid)).toBe(false);
    expect(descendants(ppid)).toContain(pid);
    expect(groupMembers(groupOf(pid))).toContain(pid);
    const entry = `PATH=${process.env['PATH']}`;
    expect(hasInEnvironment(pid, entry)).toBe(true);
    expect(hasInEnvironment(pid, `${entry}x`)).toBe(false);
    expect(processesWith([entry])).toContain(pid);
  });

  test('Claude is interrupted if it is the one that was recorded', () => {
    const claude = { session: 's', project: '/p', started: 1, pid, host: hostIdentity() };
    const sent: number[] = [];
    const send = (to: number): void => void sent.push(to);
    expect(interruptClaude({ ...claude, startTime: 'Mon Jan  1 00:00:00 2001' }, send)).toBeUndefined();
    expect(sent).toEqual([]);
    interruptClaude({ ...claude, startTime: startTimeOf(pid) ?? '' }, send);
    expect(sent).toEqual([pid]);
  });

  test('a stranger with the number of a Claude that was killed is not taken for it', () => {
    const info = { session: 's', project: '/p', started: 1, pid: ppid, host: hostIdentity() };
    expect(isSessionLive({ ...info, startTime: startTimeOf(ppid) ?? '' })).toBe(true);
    expect(isSessionLive({ ...info, startTime: '1' })).toBe(false);

    const config = tempDir();
    mkdirSync(join(config, 'sessions'));
    const record = (procStart: string | undefined): number => {
      const claude = { pid: ppid, sessionId: 'dead', cwd: '/p', procStart, version: '2.1.331', entrypoint: 'cli' };
      writeFileSync(join(config, 'sessions', `${ppid}.json`), JSON.stringify(claude));
      return claudeProcesses(config)?.length ?? -1;
    };
    expect(record(startTimeOf(ppid))).toBe(1);
    expect(record('Mon Jan  1 00:00:00 2001')).toBe(0);
  });
});

test('where only a host name tells machines apart, the start of a process does', () => {
  expect(isMachineUnknown('old-name', 'new-name')).toBe(true);
  expect(isMachineUnknown('old-name/boot/pid:[1]', 'new-name')).toBe(false);
  expect(isMachineUnknown('old-name', 'new-name/boot')).toBe(false);
  // this machine has a boot, so that a bare name is another one's or an older record of this one
  expect(isAlive(pid, startTimeOf(pid), hostname())).toBe(true);
});
