import { describe, expect, test } from 'vitest';
import { ancestryOf, isProcess } from '#core/base/ancestry.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';

test('a process’s ancestry begins with itself, then its parent', () => {
  const [self, parent] = ancestryOf(process.pid) ?? [];
  expect(self).toMatchObject({ pid: process.pid, startTime: startTimeOf(process.pid) });
  expect(parent).toMatchObject({ pid: process.ppid, startTime: startTimeOf(process.ppid) });
  expect(self?.command).toContain('node');
  expect(ancestryOf(2 ** 22 + 7)).toBeUndefined();
});

describe('a recorded process is an ancestor', () => {
  const self = { pid: process.pid, startTime: startTimeOf(process.pid), host: hostIdentity() };
  const entry = { ...self, command: '' };
  test.each([
    ['by pid, start time and machine', self, true],
    ['where no machine is recorded', { ...self, host: undefined }, true],
    ['not with another pid', { ...self, pid: process.ppid }, false],
    ['not of a pid that was given out again', { ...self, startTime: '1' }, false],
    ['not without a start time', { pid: self.pid }, false],
    ['not of another machine', { ...self, host: 'elsewhere/0/pid:[1]' }, false],
    ['not where nothing is recorded', {}, false],
  ])('%s', (_name, recorded, expected) => {
    expect(isProcess(entry, recorded)).toBe(expected);
  });
});
