import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { hostIdentity, whereIs } from '#core/base/machine.ts';
import { isAlive, startTimeOf } from '#core/base/processes.ts';

const own = 'machine/boot-1/pid:[1]';

test.each([
  ['here', own],
  // the host name of a machine without an id has changed, or an older Fermata recorded it
  ['here', 'laptop.local/boot-1/pid:[1]'],
  ['elsewhere', 'machine/boot-1/pid:[2]'],
  ['before', 'machine/boot-0/pid:[1]'],
  ['before', `${hostname()}/boot-0/pid:[1]`],
  ['elsewhere', 'another/boot-0/pid:[1]'],
  ['elsewhere', 'another'],
  ['here', 'machine'],
])('what runs %s: %s', (where, host) => {
  expect(whereIs(host, own)).toBe(where);
});

test('a system without boots and namespaces is known by its machine', () => {
  expect(whereIs('machine', 'machine')).toBe('here');
  expect(whereIs('another', 'machine')).toBe('elsewhere');
});

test.runIf(process.platform === 'linux')('the host name is no part of the identity', () => {
  expect(hostIdentity()).not.toContain(hostname());
  expect(hostIdentity().split('/')).toHaveLength(3);
});

test.runIf(process.platform === 'linux')('what ran before this machine was started again has ended', () => {
  const startTime = startTimeOf(process.pid);
  expect(isAlive(process.pid, startTime, hostIdentity())).toBe(true);
  expect(isAlive(process.pid, startTime, hostIdentity().replace(/\/[^/]+/, '/00000000'))).toBe(false);
  expect(isAlive(process.pid, startTime, 'another/00000000/pid:[1]')).toBeUndefined();
});
