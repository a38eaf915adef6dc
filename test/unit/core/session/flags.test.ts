import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { consumeAnswer, consumeFlags, publishCommand, raiseFlag, readFlags } from '#core/session/flags.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const BLOCK = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' } as const;
const RELEASE = { kind: 'release', block: 'B1' } as const;
let dir: string;
let log: SessionLog;

beforeEach(() => {
  dir = join(tempDir(), 'session');
  createLog(dir, Date.now());
  publish(dir, Date.now(), BLOCK);
  log = new SessionLog(dir);
  log.refresh();
});

const flags = (): string[] => readdirSync(sessionPaths(dir).flags);
const count = (type: string): number => readFileSync(sessionPaths(dir).log, 'utf8').split(`"t":"${type}"`).length - 1;
const ended = (): unknown => {
  log.refresh();
  return log.state.blocks.get('B1')?.ended;
};

test('a release is in the log when it returns, with its comment, and no flag is raised', () => {
  publishCommand(dir, log.state, Date.now(), RELEASE, ' go on\n');
  expect(ended()).toMatchObject({ by: 'user' });
  expect(count('unblock')).toBe(1);
  expect(readFileSync(sessionPaths(dir).log, 'utf8')).toContain('"word":"go on"');
  expect(flags()).toEqual([]);
});

test('where the log cannot be written the release is left as a flag, and obeyed later', () => {
  const { log: path } = sessionPaths(dir);
  renameSync(path, `${path}.away`);
  expect(() => publishCommand(dir, log.state, Date.now(), RELEASE, 'go on')).toThrow('ENOENT');
  expect(flags()).toEqual(['release-B1']);
  renameSync(`${path}.away`, path);
  expect(consumeFlags(dir, Date.now())).toBe(1);
  expect(ended()).toMatchObject({ by: 'user' });
  expect(readFileSync(path, 'utf8')).toContain('"word":"go on"');
  expect(flags()).toEqual([]);
});

test.each([RELEASE, { kind: 'release', block: 'all' }, { kind: 'abort' }] as const)(
  'a second %j, from another window, publishes nothing',
  (command) => {
    const other = new SessionLog(dir);
    for (const window of [log, other]) {
      window.refresh();
      publishCommand(dir, window.state, Date.now(), command);
    }
    expect(count('unblock') + count('abort')).toBe(1);
  },
);

test('a flag that is only touched is obeyed', () => {
  writeFileSync(join(sessionPaths(dir).flags, 'release-B1'), '');
  expect(consumeFlags(dir, Date.now())).toBe(1);
  expect(ended()).toMatchObject({ by: 'user' });
});

const NO_FLAGS: [name: string, make: (path: string) => void][] = [
  ['x.tmp', (path) => writeFileSync(path, '')],
  ['release-B1', (path) => mkdirSync(path)],
  ['release-B1', (path) => execFileSync('mkfifo', [path])],
  ['release-B1', (path) => symlinkSync('/dev/zero', path)],
  ['bad\ufffd', () => execFileSync('sh', ['-c', ': >"$1/$(printf \'bad\\377\')"', 'sh', sessionPaths(dir).flags])],
];

test.each(NO_FLAGS)('what is no flag (%s) is set aside and reported once, and ends no block', (name, make) => {
  make(join(sessionPaths(dir).flags, name));
  for (let i = 0; i < 3; i++) consumeFlags(dir, Date.now());
  expect(flags()).toEqual([]);
  expect(readdirSync(sessionPaths(dir).setAside)).toEqual([name]);
  expect(count('log')).toBe(1);
  expect(ended()).toBeUndefined();
  // and a second one of the same name
  make(join(sessionPaths(dir).flags, name));
  expect(consumeFlags(dir, Date.now())).toBe(1);
  expect(flags()).toEqual([]);
});

test('a flag that was obeyed and is still there counts no more, until it is touched again', () => {
  const { flags: folder, ignoredFlags } = sessionPaths(dir);
  const flag = join(folder, 'release-B1');
  writeFileSync(flag, '');
  utimesSync(flag, 1_800_000_000, 1_800_000_000);
  mkdirSync(ignoredFlags);
  writeFileSync(join(ignoredFlags, 'release-B1'), '');
  utimesSync(join(ignoredFlags, 'release-B1'), 1_800_000_000, 1_800_000_000);
  for (let i = 0; i < 3; i++) expect(consumeFlags(dir, Date.now())).toBe(0);
  expect(count('unblock')).toBe(0);
  expect(flags()).toEqual(['release-B1']);
  utimesSync(flag, 1_800_000_001, 1_800_000_001);
  expect(consumeFlags(dir, Date.now())).toBe(1);
  expect(ended()).toMatchObject({ by: 'user' });
});

test('an answer of a time to come is old, too: the gate would start for it until then', () => {
  const path = join(sessionPaths(dir).flags, 'answer-a1');
  writeFileSync(path, 'allow');
  utimesSync(path, Date.now() / 1000 + 9999, Date.now() / 1000 + 9999);
  expect(consumeFlags(dir, Date.now())).toBe(1);
  expect(flags()).toEqual([]);
});

test('where the log cannot be written a flag stays, and its reader gets what it means', () => {
  const { log: path, flags: folder } = sessionPaths(dir);
  writeFileSync(join(folder, 'release-B1'), 'go on');
  rmSync(path);
  mkdirSync(path);
  const events: unknown[] = [];
  expect(consumeFlags(dir, 7, (event) => events.push(event))).toBe(0);
  expect(events).toEqual([{ t: 'unblock', ts: 7, block: 'B1', by: 'user', word: 'go on' }]);
  expect(readFlags(dir)).toMatchObject([{ name: 'release-B1', flag: { kind: 'release', block: 'B1' } }]);
});

test('a comment and an answer are read as the editors and shells of all systems write them', () => {
  const folder = sessionPaths(dir).flags;
  mkdirSync(folder, { recursive: true });
  const writings = (text: string): Buffer[] => [
    Buffer.from(text),
    Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}\r\n`),
    Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}\r\n`, 'utf16le'),
  ];
  for (const bytes of writings('los, weiter ä')) {
    writeFileSync(join(folder, 'release-B1'), bytes);
    expect(readFlags(dir)).toMatchObject([{ flag: RELEASE, comment: 'los, weiter ä' }]);
  }
  rmSync(join(folder, 'release-B1'));
  for (const bytes of writings('allow\nonly this once')) {
    writeFileSync(join(folder, 'answer-A1'), bytes);
    expect(consumeAnswer(dir, 'A1')).toEqual({ decision: 'allow', comment: 'only this once' });
  }
});

test('a flag for one call lets that call run, and the block stands for all others', () => {
  const call = 'toolu_01AbC-d';
  publish(dir, Date.now(), { t: 'held', block: 'B1', tool: 'Bash', call });
  raiseFlag(dir, { kind: 'pass', call });
  expect(flags()).toEqual([`pass-${call}`]);
  expect(consumeFlags(dir, Date.now())).toBe(1);
  expect(ended()).toBeUndefined();
  expect(log.state.blocks.get('B1')).toMatchObject({ holding: [], passes: [{ call, tool: 'Bash' }] });
  expect(flags()).toEqual([]);
});

test.each(['pass-', 'pass-a b', 'pass-a.b', `pass-${'a'.repeat(201)}`])('%s is no flag', (name) => {
  writeFileSync(join(sessionPaths(dir).flags, name), '');
  consumeFlags(dir, Date.now());
  expect(count('unblock')).toBe(0);
});

test('an answer that is a link or a folder is none, and stays for the hook that sets it aside', () => {
  const folder = sessionPaths(dir).flags;
  mkdirSync(folder, { recursive: true });
  const elsewhere = join(tempDir(), 'answer');
  writeFileSync(elsewhere, 'allow');
  symlinkSync(elsewhere, join(folder, 'answer-A1'));
  mkdirSync(join(folder, 'answer-A2'));
  for (const ask of ['A1', 'A2', 'A3']) expect(consumeAnswer(dir, ask)).toBeUndefined();
  expect(flags().toSorted()).toEqual(['answer-A1', 'answer-A2']);
  expect(readFileSync(elsewhere, 'utf8')).toBe('allow');
});

test.each(['abort-.', 'abort-..', 'abort-a b', 'abort-ä', `abort-${'a'.repeat(65)}`, 'abort-'])(
  '%j names no worker, and is no flag',
  (name) => {
    writeFileSync(join(sessionPaths(dir).flags, name), '');
    expect(readFlags(dir)).toMatchObject([{ name, flag: undefined }]);
    consumeFlags(dir, Date.now());
    expect(count('abort')).toBe(0);
    expect(flags()).toEqual([]);
  },
);
