import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { masked } from '#core/base/masking.ts';
import { ConnectionProblem, defaultName, parseCredentials, readConnection } from '#core/machines/connection.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const NONE = { 'machines.creds': '', 'machines.ca': '', 'machines.name': 'laptop', 'machines.space': 'default' };
const connection = (url: string, more: Partial<typeof NONE> = {}) =>
  readConnection({ ...NONE, 'machines.url': url, ...more });

test('without a URL there is no connection', () => {
  expect(connection('')).toBeUndefined();
  expect(connection('  ')).toBeUndefined();
});

test.each([
  ['nats://127.0.0.1:4222', false],
  ['nats://localhost:4222', false],
  ['nats://[::1]:4222', false],
  ['tls://nats.example.org:4222', true],
  ['tls://one:4222, tls://two:4222', true],
])('%s is a way to a server', (url, encrypted) => {
  expect(connection(url)).toMatchObject({ encrypted, name: 'laptop', space: 'default' });
});

test.each([
  ['nats://nats.example.org:4222', 'is another machine, and nats:// is not encrypted: use tls://, or a tunnel of ssh'],
  ['nats://127.0.0.1.example.org', 'is another machine'],
  ['me:secret@example.org:4222', 'has a user or a password'],
  ['nats://me:se/secret@127.0.0.1', 'has a user or a password'],
  ['nats://me:pa,secret@127.0.0.1', 'has a user or a password'],
  ['nats://127.0.0.1@example.org', 'has a user or a password'],
  ['nats://me:secret@127.0.0.1', 'put them into a file that only you can read'],
  ['http://127.0.0.1:4222', 'it must be like tls://host:4222'],
  ['wss://example.org', 'it must be like tls://host:4222'],
  ['127.0.0.1:4222', 'it must be like tls://host:4222'],
  ['nats://127.0.0.1,', 'it must be like tls://host:4222'],
  ['tls://one,nats://127.0.0.1', 'give all of them alike'],
])('%s is refused: %s', (url, expected) => {
  expect(() => connection(url)).toThrow(ConnectionProblem);
  expect(() => connection(url)).toThrow(expected);
  expect(() => connection(url)).not.toThrow('secret');
});

test('the sentence about a password in the URL has nothing that looks like one', () => {
  const refused = (): unknown => connection('nats://me:secret@127.0.0.1');
  expect(refused).toThrow(masked('has a user or a password in it: put them into a file'));
});

test('names that are no part of a subject are refused', () => {
  expect(() => connection('nats://127.0.0.1', { 'machines.name': 'a.b' })).toThrow('fermata.machines.name is "a.b"');
  expect(() => connection('nats://127.0.0.1', { 'machines.space': '*' })).toThrow('fermata.machines.space is "*"');
});

test('a machine without a name in the settings is known by its host', () => {
  expect(defaultName('laptop.local')).toBe('laptop');
  expect(defaultName('gpu 1+')).toBe('gpu-1-');
  expect(defaultName('.')).toBe('machine');
  expect(connection('nats://127.0.0.1', { 'machines.name': '' })?.name).toBe(defaultName());
});

test('credentials of each kind', () => {
  const creds = '-----BEGIN NATS USER JWT-----\neyJ0\n------END NATS USER JWT------\n';
  // with the line breaks of Windows, and without the last one
  for (const text of [creds, creds.replaceAll('\n', '\r\n'), creds.trimEnd()])
    expect(parseCredentials(text)).toEqual({ kind: 'creds', text: creds });
  const seed = `SU${'A'.repeat(56)}`;
  expect(parseCredentials(`# mine\n${seed}\n`)).toEqual({ kind: 'nkey', seed });
  const password = { kind: 'password', user: 'gpu1', password: 'a b:c=d' };
  expect(parseCredentials('user: gpu1\r\npassword: a b:c=d\r\n')).toEqual(password);
  expect(parseCredentials('password=x\nuser = gpu1')).toEqual({ kind: 'password', user: 'gpu1', password: 'x' });
  expect(parseCredentials('token: t')).toEqual({ kind: 'token', token: 't' });
  expect(parseCredentials('user: gpu1\n')).toBeUndefined();
  expect(parseCredentials('{}')).toBeUndefined();
});

test('a credentials file that is loose, missing, empty or named by a relative path is refused', () => {
  const file = join(tempDir(), 'creds');
  const read = (path = file) => connection('nats://127.0.0.1', { 'machines.creds': path });
  expect(read).toThrow(`the credentials file ${file} is not there`);
  writeFileSync(file, 'token: t\n', { mode: 0o600 });
  expect(read()).toMatchObject({ credentials: { kind: 'token', token: 't' } });
  for (const mode of [0o640, 0o604, 0o620, 0o700 | 0o010]) {
    chmodSync(file, mode);
    expect(read).toThrow(`mode ${mode.toString(8)}): run chmod 600 on it`);
  }
  chmodSync(file, 0o600);
  writeFileSync(file, 'secret');
  expect(read).toThrow('has none that Fermata knows');
  expect(read).not.toThrow('secret');
  expect(() => read('creds')).toThrow('it must be an absolute path');
});

test('a file of authorities without a certificate is refused', () => {
  const file = join(tempDir(), 'ca.pem');
  writeFileSync(file, 'nothing');
  expect(() => connection('tls://host', { 'machines.ca': file })).toThrow('has no certificate in PEM');
});

test('credentials that an editor on Windows has written are read', () => {
  const file = join(tempDir(), 'creds');
  writeFileSync(file, '\uFEFFuser: gpu1\r\npassword: p\r\n', { mode: 0o600 });
  const credentials = { kind: 'password', user: 'gpu1', password: 'p' };
  expect(connection('nats://127.0.0.1', { 'machines.creds': file })).toMatchObject({ credentials });
});
