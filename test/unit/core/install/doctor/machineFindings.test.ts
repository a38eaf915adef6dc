import { expect, test } from 'vitest';
import { machineFindings, type MachineFacts } from '#core/install/doctor/machineFindings.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';

const NOW = 1_000_000;
const machine = (more: Partial<BridgeStatus['machines'][number]>) => ({
  name: 'gpu1',
  heardTs: NOW - 1000,
  clockMs: 10,
  version: '1.0.0',
  sessions: [],
  ...more,
});
const facts = (more: Partial<BridgeStatus>): MachineFacts => ({
  server: 'tls://host:4222',
  status: {
    pid: 1,
    name: 'laptop',
    space: 't',
    server: 'tls://host:4222',
    serverVersion: '2.10.24',
    connected: true,
    sinceTs: 0,
    sessions: [],
    machines: [machine({})],
    ...more,
  },
});
const texts = (of: MachineFacts | undefined): string[] =>
  machineFindings(of, '1.0.0', NOW).map(({ level, text }) => `${level} ${text}`);

test('without a server there is nothing to report', () => {
  expect(texts(undefined)).toEqual([]);
});

test('a connection that works, and the machines that are heard', () => {
  expect(texts(facts({}))).toEqual(['ok laptop is connected to tls://host:4222 (nats-server 2.10.24) and hears gpu1.']);
  expect(texts({ server: 'tls://host:4222' })).toEqual([
    'ok The server of other machines is tls://host:4222; nothing is shared at present.',
  ]);
});

test('what keeps machines apart is named', () => {
  expect(texts({ server: 'x', problem: 'the credentials file can be read by others' })).toEqual([
    'warn Other machines are not reached: the credentials file can be read by others.',
  ]);
  expect(texts(facts({ connected: false, problem: 'nobody answers' }))).toEqual([
    'warn Other machines are not reached: nobody answers.',
  ]);
});

test.each([
  [{ serverVersion: '2.8.4' }, 'nats-server 2.8.4 is older than 2.9.0.'],
  [{ serverVersion: '2.9.10' }, 'nats-server 2.9.10 loses a stream at times'],
  [{ machines: [machine({ clockMs: 40_000 })] }, 'The clock of gpu1 is 40 s ahead of this one.'],
  [{ machines: [machine({ clockMs: -86_400_000 })] }, 'behind this one.'],
  [{ machines: [machine({ version: '0.9.0' })] }, 'gpu1 has Fermata 0.9.0, this machine 1.0.0.'],
  [
    { sessions: [{ session: 'S1', seat: 'laptop', behind: 3, problem: 'the disk is full' }] },
    'S1 is not carried: the disk',
  ],
])('%o', (more, expected) => {
  expect(texts(facts(more)).join('\n')).toContain(expected);
});

test('of a machine that was not heard for long nothing is reported', () => {
  const silent = facts({ machines: [machine({ heardTs: 0, clockMs: 40_000, version: '0.9.0' })] });
  expect(texts(silent)).toHaveLength(1);
});
