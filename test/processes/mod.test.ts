import { execFile } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { ModView } from '#hooks/mod/sessionView.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { raiseFlag } from '#core/session/flags.ts';
import { joinFolder } from '#core/session/folder.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { Stage } from '#test/lib/fermata.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  stage.install();
  writeSessionInfo(stage.dir, { session: stage.session, project: stage.project, started: Date.now() });
});

/** Runs the plugin's program as the plugin does. */
function run(session = stage.session, report?: unknown): Promise<{ code: number; out: string }> {
  const text = report === undefined ? [] : [typeof report === 'string' ? report : JSON.stringify(report)];
  const args = [join(stage.home, 'hooks', 'mod.cjs'), session, ...text];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: stage.env(), cwd: stage.home }, (error, out) =>
      resolve({ code: error === null ? 0 : Number(error.code), out }),
    );
  });
}

const viewOf = async (report?: unknown): Promise<ModView> =>
  JSON.parse((await run(stage.session, report)).out) as ModView;
const log = (): string => readFileSync(sessionPaths(stage.dir).log, 'utf8');

test('a held call has its reason on one line, nothing hidden in it, and the flags that let it run', async () => {
  const worker = { t: 'spawn', worker: 'W1', task: 'tests', pid: process.pid } as const;
  const block = {
    t: 'hook',
    worker: 'W1',
    event: 'PreToolUse',
    exit: 2,
    stderr: 'red\u001b[31m\nand \u202eback',
  } as const;
  const mine = { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'wait for me' } as const;
  const held = { t: 'held', tool: 'Bash', summary: 'npm test', call: 'toolu_01', limitMs: 20_000 } as const;
  stage.publish(worker, block, mine, { ...held, block: 'B1' }, { ...held, block: 'B2' });
  const { holds, needsYou, flags, sign } = await viewOf();
  expect(needsYou).toBe(1);
  expect(holds).toEqual([
    {
      id: 'held toolu_01',
      call: 'Bash npm test',
      isHeld: true,
      reason: 'wait for me',
      more: 1,
      sinceTs: expect.any(Number) as number,
      untilTs: expect.any(Number) as number,
      release: ['release-B2', 'pass-toolu_01'],
    },
  ]);
  expect([flags, sign]).toEqual([sessionPaths(stage.dir).flags, sessionPaths(stage.dir).mod]);
  expect(lstatSync(flags).isDirectory()).toBe(true);
  raiseFlag(stage.dir, { kind: 'release', block: 'B2' });
  stage.publish({ t: 'unblock', block: 'B2', by: 'user' });
  const [only] = (await viewOf()).holds;
  expect(only?.reason).toMatch(/^tests: red.*and ⟨U\+202E⟩back$/);
  expect(only?.release).toEqual(['pass-toolu_01']);
});

test('what it reports is in the log as far as it is something', async () => {
  stage.publish(
    { t: 'spawn', worker: 'a1', kind: 'subagent', task: 'walk' },
    { t: 'spawn', worker: 'W2', task: 'other' },
  );
  const usage = {
    contextTokens: 10,
    contextWindow: 'wide',
    worker: 'W2',
    t: 'abort',
    limits: [{ kind: 'five_hour', pct: 1 }],
  };
  const ended = [
    { agent: 'a1', reason: 'aborted' },
    { agent: 'W2', reason: 'error' },
    { agent: 'nobody', reason: 'error' },
    7,
  ];
  await viewOf({ usage, ended });
  const lines = log()
    .split('\n')
    .filter((line) => /"t":"(usage|exit)"/.test(line));
  expect(lines.map((line) => ({ ...(JSON.parse(line) as object), ts: 0 }))).toEqual([
    { t: 'usage', contextTokens: 10, contextWindow: 'wide', limits: usage.limits, source: 'Claude Code', ts: 0 },
    { t: 'exit', worker: 'a1', code: null, signal: 'stop', reason: 'stopped in Claude Code', ts: 0 },
  ]);
  await viewOf({ ended });
  expect(log().split('"t":"exit"')).toHaveLength(2);
});

test('an agent that the person has stopped is to be ended, and news that may not wait wakes an idle session only', async () => {
  stage.publish({ t: 'spawn', worker: 'a1', kind: 'subagent' }, { t: 'abort', worker: 'a1', by: 'user' });
  stage.publish({ t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'news', now: true });
  stage.publish({ t: 'turn', state: 'working' });
  expect(await viewOf()).toMatchObject({ stop: ['a1'] });
  expect((await viewOf()).wake).toBeUndefined();
  stage.publish({ t: 'turn', state: 'idle' }, { t: 'exit', worker: 'a1', code: null, reason: 'x' });
  expect(await viewOf()).toMatchObject({ stop: [], wake: expect.stringContaining('Fermata') as string });
});

test('without a session it prints nothing and makes nothing; of a joined one it leaves no sign', async () => {
  expect(await run('another-session')).toEqual({ code: 0, out: '' });
  expect(existsSync(join(stage.home, 'sessions', 'another-session'))).toBe(false);
  for (const session of ['', '../x', 'a/b']) expect(await run(session)).toEqual({ code: 1, out: '' });
  joinFolder(join(stage.home, 'sessions', 'joined'), stage.dir);
  const joined = JSON.parse((await run('joined')).out) as ModView;
  expect(joined.sign).toBeUndefined();
});

test('one that has joined is not woken for what waits for the Conductor, and its figures are none of that session', async () => {
  joinFolder(join(stage.home, 'sessions', 'joined'), stage.dir);
  stage.publish(
    { t: 'session', session: stage.session },
    { t: 'spawn', worker: 'docs', kind: 'session', session: 'joined' },
    { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'news', now: true },
    { t: 'turn', state: 'idle' },
  );
  const joined = JSON.parse((await run('joined', { usage: { costUsd: 9 } })).out) as ModView;
  expect(joined.wake).toBeUndefined();
  expect(log()).not.toContain('"t":"usage"');
  const own = await viewOf({ usage: { costUsd: 1 } });
  expect(own.wake).toContain('Fermata');
  expect(log()).toContain('"costUsd":1');
});

test.each(['{', '[]', '7', 'null', '"x"', `{"ended":${'['.repeat(2000)}`])(
  'the report %# is none, and nothing is written',
  async (report) => {
    const before = log();
    expect((await run(stage.session, report)).code).toBe(0);
    expect(log()).toBe(before);
  },
);

test('what is no log is no reason to fail loudly', async () => {
  const { log: path } = sessionPaths(stage.dir);
  renameSync(path, `${path}.away`);
  mkdirSync(path);
  expect(await run()).toEqual({ code: 1, out: '' });
});
