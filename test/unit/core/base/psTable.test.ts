import { expect, test } from 'vitest';
import { hasPid, isAliveByPs, parsePs, psEnvironments, psProcess, psTable } from '#core/base/psTable.ts';

const START = 'Mon Nov  2 08:07:06 2026';

test.each([
  ['of procps', `  812     1   812 Ss   ${START} /bin/zsh -l`, { startTime: START }],
  ['of macOS', `  812     1   812 Ss   ${START} /bin/zsh -l`, { startTime: START }],
  ['a zombie', `  812     1   812 Z+   ${START} /bin/zsh -l`, { startTime: START, zombie: true }],
  ['of busybox, without a start time', '  812     1   812 S    /bin/zsh -l', {}],
  [
    'in another language',
    '  812     1   812 S    So 2. Nov 08:07:06 2026 /bin/zsh -l',
    { command: 'So 2. Nov 08:07:06 2026 /bin/zsh -l' },
  ],
  ['with a command like a time', `  812     1   812 S    ${START} ${START}`, { startTime: START, command: START }],
  ['without a command', `  812     1   812 Ss   ${START}`, { startTime: START, command: '' }],
])('a row %s', (_name, row, expected) => {
  const all = { pid: 812, parent: 1, group: 812, zombie: false, startTime: undefined, command: '/bin/zsh -l' };
  expect(parsePs(`PID   PPID  PGID  STAT COMMAND\n${row}\n`).get(812)).toEqual({ ...all, ...expected });
});

test('rows that are none are skipped', () => {
  expect([...parsePs('\nnonsense\nps: illegal option -- x\n  12 abc 3 S x\n')]).toEqual([]);
});

test('a table of 20,000 processes is read in a moment', () => {
  const text = Array.from({ length: 20_000 }, (_, n) => `${n + 1} 1 1 S ${START} ${'x'.repeat(500)}`).join('\n');
  const started = process.cpuUsage();
  expect(parsePs(text).size).toBe(20_000);
  expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
});

test.skipIf(process.platform === 'win32')('what ps shows of this process', () => {
  const own = psProcess(process.pid);
  expect(own).toMatchObject({ pid: process.pid, parent: process.ppid, zombie: false });
  expect(Math.abs(Date.parse(`${own?.startTime} UTC`) - (Date.now() - performance.now()))).toBeLessThan(60_000);
  expect(psTable()?.get(process.pid)?.startTime).toBe(own?.startTime);
  expect(psTable()?.get(process.ppid)?.command).toBeTruthy();
  expect(psEnvironments()?.get(process.pid)).toContain(` PATH=${process.env['PATH']}`);
});

test.skipIf(process.platform === 'win32')('a process is told from another one of the same number', () => {
  const { pid } = process;
  const startTime = psProcess(pid)?.startTime;
  expect(isAliveByPs(pid)).toBe(true);
  expect(isAliveByPs(pid, startTime)).toBe(true);
  expect(isAliveByPs(pid, 'Mon Jan  1 00:00:00 2001')).toBe(false);
  // of a process that Linux has recorded
  expect(isAliveByPs(pid, '1')).toBe(false);
  expect(isAliveByPs(2 ** 22 + 7, startTime)).toBe(false);
  expect(hasPid(2 ** 22 + 7)).toBe(false);
});
