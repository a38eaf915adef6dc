import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

let home: string;
const SESSION = 'quick';
const program = (): string => join(home, 'hooks', 'hook.cjs');
const cache = (): string => join(home, 'cache');

beforeEach(() => {
  home = join(tempDir(), '.fermata');
  for (const name of ['hooks', 'cache']) mkdirSync(join(home, name), { recursive: true });
  cpSync(join(repoRoot, 'dist/hooks/hook.cjs'), program());
  writeFileSync(join(home, 'settings.json'), '{"hold.seconds": 0}');
  const dir = join(home, 'sessions', SESSION);
  createLog(dir, Date.now());
  publish(dir, Date.now(), { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' });
});
afterAll(removeTempDirs);

/** Publishes as the session's agents would. */
const say = (...events: NewEvent[]): void => publish(join(home, 'sessions', SESSION), Date.now(), ...events);

/** One refused call: the hook's answer. */
function refusal(): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program(), 'PreToolUse', '60'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: join(home, '..'), CLAUDE_PROJECT_DIR: home },
    input: JSON.stringify({
      session_id: SESSION,
      hook_event_name: 'PreToolUse',
      cwd: home,
      tool_name: 'Read',
      tool_input: { file_path: '/a' },
    }),
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  // an error would be in its log: a refusal needs no other part of the program, none of which is here
  expect(existsSync(join(home, 'logs'))).toBe(false);
  return stdout;
}
const cachedFiles = (): { name: string; bytes: Buffer }[] =>
  readdirSync(cache()).map((name) => ({ name, bytes: readFileSync(join(cache(), name)) }));

test('the first run keeps what V8 made of the program, for the owner alone; the next one takes it as it is', () => {
  const answer = refusal();
  expect(answer).toContain('not now');
  const [first, ...others] = cachedFiles();
  expect(others).toEqual([]);
  expect(first?.name).toMatch(/^hook\.cjs-PreToolUse-/);
  expect(statSync(join(cache(), first?.name ?? '')).mode & 0o777).toBe(0o600);
  expect(refusal()).toBe(answer);
  expect(cachedFiles()).toEqual([first]);
});

test('what agents report is folded and delivered without another part of the program', () => {
  say(
    { t: 'spawn', worker: 'W2' },
    { t: 'acquire', worker: 'W2', resource: 'db', id: 'a1', ttlMs: 60_000 },
    { t: 'release', worker: 'W2', resource: 'db' },
    { t: 'ballot', worker: 'W2', ballot: 'ship', question: 'Ship it?', voters: ['W1', 'W2'], quorum: 2 },
    { t: 'vote', worker: 'W2', decision: 'proceed' },
    { t: 'checkpoint', worker: 'W2', name: 'merge-ready' },
    { t: 'tell', by: 'W2', to: 'conductor', text: 'the table is ready' },
    { t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 0, message: 'half of it is done' },
    { t: 'done', worker: 'W2' },
  );
  const answer = refusal();
  for (const text of ['not now', 'the table is ready', 'half of it is done']) expect(answer).toContain(text);
});

test('a part of the program is kept, too, and so is a program that another file starts', () => {
  for (const name of ['programs.cjs', 'wake.cjs'])
    cpSync(join(repoRoot, 'dist/hooks', name), join(home, 'hooks', name));
  mkdirSync(join(home, 'lib'));
  cpSync(join(repoRoot, 'dist/fermata.cjs'), join(home, 'lib', 'fermata.cjs'));
  const run = (args: string[], input: object) =>
    spawnSync(process.execPath, args, { encoding: 'utf8', cwd: home, input: JSON.stringify(input) });
  const runs = [
    () => run([program(), 'Stop', '60'], { session_id: SESSION, hook_event_name: 'Stop', cwd: home }),
    () => run([join(home, 'hooks/wake.cjs'), 'session-1'], {}),
    () => run([join(home, 'lib/fermata.cjs'), 'help'], {}),
  ].map((start) => [start(), start()].map(({ stdout, stderr, status }) => ({ stdout, stderr, status })));
  for (const [first, second] of runs) {
    expect(first).toMatchObject({ stderr: '', status: 0 });
    expect(second).toEqual(first);
  }
  const names = cachedFiles().map(({ name }) => name.replace(`-${process.versions.v8}`, ''));
  expect(names.toSorted()).toEqual(['hook.cjs-Stop', 'programs.cjs-Stop', 'programs.cjs-help', 'programs.cjs-wake']);
});

test('another build of the very same length is not taken for this one', () => {
  refusal();
  const before = cachedFiles();
  const text = readFileSync(program(), 'latin1');
  writeFileSync(program(), text.replaceAll('it ends when', 'IT ENDS WHEN'), 'latin1');
  utimesSync(program(), 1, 1);
  expect(refusal()).toContain('IT ENDS WHEN');
  expect(cachedFiles()).not.toEqual(before);
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['empty', () => Buffer.alloc(0)],
  ['cut', (bytes) => bytes.subarray(0, 1000)],
  ['cut in the middle, its end kept', (bytes) => Buffer.concat([bytes.subarray(0, 1000), bytes.subarray(-64)])],
  ['of another V8', (bytes) => Buffer.concat([Buffer.alloc(64, 7), bytes.subarray(64)])],
])('a cache that is %s costs time, nothing else, and is made again', (_what, damaged) => {
  const answer = refusal();
  const [good] = cachedFiles();
  const path = join(cache(), good?.name ?? '');
  writeFileSync(path, damaged(good?.bytes ?? Buffer.alloc(0)));
  expect(refusal()).toBe(answer);
  expect(readFileSync(path).subarray(-64)).toEqual(good?.bytes.subarray(-64));
  expect(readFileSync(path).length).toBeGreaterThan(10_000);
});

test.each<[string, () => void]>([
  ['no folder for it', () => execFileSync('rmdir', [cache()])],
  ['a file where the folder should be', () => execFileSync('sh', ['-c', 'rmdir "$0" && touch "$0"', cache()])],
  ['a folder in its place', () => mkdirSync(join(cache(), `hook.cjs-PreToolUse-${process.versions.v8}`))],
  ['a folder that is read-only', () => chmodSync(cache(), 0o500)],
])('%s: the answer is the same', (_what, corrupt) => {
  corrupt();
  expect(refusal()).toContain('not now');
  expect(refusal()).toContain('not now');
});
