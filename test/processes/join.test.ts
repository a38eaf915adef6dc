import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { joinSession } from '#core/session/join.ts';
import { publish } from '#core/session/publish.ts';
import { sessionDir } from '#core/base/paths.ts';
import { readSessionInfo, writeSessionInfo } from '#core/session/info.ts';
import { LOG_FORMAT } from '#protocol/parseEvent.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { HookStage, type HookResult } from '#test/lib/hookStage.ts';
import { eventsOf, stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const A = 'session-a';
const B = 'session-b';
let stage: HookStage;

const dir = (session: string): string => sessionDir(stage.home, session);

/** Fires a hook of one of the sessions. */
const fire = (session: string, event: string, more: object = {}): Promise<HookResult> =>
  stage.run(
    event,
    { session_id: session, hook_event_name: event, cwd: stage.project, ...more },
    { CLAUDE_CODE_SESSION_ID: session },
  );

/** Runs the command as the person, or inside one of the sessions. */
function cli(env: Record<string, string>, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { env: cleanEnv(stage.root, { FERMATA_HOME: stage.home, ...env }), cwd: stage.project };
    execFile(process.execPath, [cliProgram, ...args], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    );
  });
}
const inside = (session: string) => ({ CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: session });
const edit = { tool_name: 'Edit', tool_input: { file_path: '' }, tool_use_id: 't' };

beforeEach(async () => {
  stage = new HookStage();
  edit.tool_input.file_path = join(stage.project, 'x');
  for (const session of [A, B]) await fire(session, 'SessionStart', { source: 'startup' });
});

describe('a session that joins another one', () => {
  test('shares its locks, votes and messages as a worker, and is itself again when it ends', async () => {
    expect(await cli(inside(B), 'join', A, '--as', 'docs')).toMatchObject({
      code: 0,
      out: expect.stringContaining('docs'),
    });
    expect(readFileSync(dir(B), 'utf8')).toBe(`${A}\n`);
    expect(existsSync(join(`${dir(B)}.joined`, 'events.jsonl'))).toBe(true);
    expect(stateOf(dir(A)).workers.get('docs')).toMatchObject({ kind: 'session', session: B, pid: process.pid });

    await cli(inside(A), 'acquire', 'file:x');
    const denied = JSON.parse((await fire(B, 'PreToolUse', edit)).stdout) as { hookSpecificOutput: object };
    expect(denied.hookSpecificOutput).toMatchObject({
      permissionDecision: 'deny',
      permissionDecisionReason: expect.stringContaining('conductor'),
    });
    expect((await fire(A, 'PreToolUse', edit)).stdout).toBe('');
    await cli(inside(A), 'ballot', 'ship', '--question', 'Ship it?', '--quorum', '1');
    expect((await cli(inside(B), 'vote', 'proceed', '--ballot', 'ship')).code).toBe(0);
    expect(stateOf(dir(A)).ballots.get('ship')?.votes.get('docs')?.decision).toBe('proceed');

    // the joined session's turns are not the Conductor's
    await fire(A, 'UserPromptSubmit', { prompt: 'go' });
    for (const event of ['UserPromptSubmit', 'Stop']) await fire(B, event, { prompt: 'go' });
    expect(stateOf(dir(A)).conductor.state).toBe('working');

    await fire(B, 'SessionEnd', { reason: 'prompt_input_exit' });
    expect(stateOf(dir(A)).workers.get('docs')?.state).toBe('done');
    expect(stateOf(dir(A)).conductor.state).toBe('working');
    expect(lstatSync(dir(B)).isDirectory()).toBe(true);
    expect(existsSync(`${dir(B)}.joined`)).toBe(false);
    expect(eventsOf(dir(B)).at(-1)).toMatchObject({ t: 'end', reason: 'joined' });
    expect(stage.errorLog).toBe('');
  });

  test('is itself again when it is resumed by another process', async () => {
    await cli({}, 'join', A, '--session', B);
    const name = `session-${B.slice(0, 8)}`;
    expect([...stateOf(dir(A)).workers.keys()]).toEqual([name]);
    publish(dir(A), Date.now(), { t: 'exit', worker: name, lost: true });
    await fire(B, 'SessionStart', { source: 'resume' });
    expect(lstatSync(dir(B)).isDirectory()).toBe(true);
    // and may join again
    expect((await cli({}, 'join', A, '--session', B)).code).toBe(0);
    expect([...stateOf(dir(A)).workers.keys()]).toEqual([name, `${name}-2`]);
  });

  test('stays one through /compact, and the Conductor may be cleared', async () => {
    await cli({}, 'join', A, '--session', B, '--as', 'docs');
    await fire(B, 'SessionStart', { source: 'compact' });
    expect(readFileSync(dir(B), 'utf8')).toBe(`${A}\n`);
    await fire(A, 'SessionEnd', { reason: 'clear' });
    await fire('session-a2', 'SessionStart', { source: 'clear' });
    expect(stateOf(dir(A)).session.id).toBe('session-a2');
    expect(stateOf(dir(A)).workers.get('docs')?.state).toBe('running');
    expect(await cli({}, 'join', 'session-a2', '--session', B)).toMatchObject({ code: 1 });
  });

  test('by a link of an older Fermata is one, and leaves in the same way', async () => {
    await cli({}, 'join', A, '--session', B, '--as', 'docs');
    rmSync(dir(B));
    symlinkSync(A, dir(B));
    await cli(inside(A), 'acquire', 'file:x');
    expect((await fire(B, 'PreToolUse', edit)).stdout).toContain('"deny"');
    expect((await cli(inside(B), 'inform', 'hello')).code).toBe(0);
    expect([...stateOf(dir(A)).notes.values()]).toMatchObject([{ worker: 'docs', text: 'hello' }]);
    await fire(B, 'SessionEnd', { reason: 'prompt_input_exit' });
    expect(lstatSync(dir(B)).isDirectory()).toBe(true);
  });

  test('gives its shell the folder in which it works, so that any program can write into its log', async () => {
    const file = join(stage.root, 'environment.sh');
    const payload = { session_id: B, hook_event_name: 'SessionStart', source: 'resume', cwd: stage.project };
    await stage.run('SessionStart', payload, { CLAUDE_CODE_SESSION_ID: B, CLAUDE_ENV_FILE: file });
    const folder = (): string =>
      execFileSync('sh', ['-c', `. '${file}'; printf %s "$FERMATA_SESSION_DIR"`], {
        env: { PATH: process.env['PATH'] ?? '', CLAUDE_CODE_SESSION_ID: B },
        encoding: 'utf8',
      });
    expect(folder()).toBe(dir(B));
    await cli({}, 'join', A, '--session', B);
    expect(folder()).toBe(dir(A));
  });

  test('may be called without naming it where there is only one other', async () => {
    expect(await cli({}, 'join', A)).toMatchObject({ code: 0 });
    expect(readFileSync(dir(B), 'utf8')).toBe(`${A}\n`);
  });
});

describe('joining is refused, and nothing changes,', () => {
  const refusedWith = async (text: string, ...args: string[]): Promise<void> => {
    const before = eventsOf(dir(A)).length;
    expect(await cli({}, 'join', ...args)).toMatchObject({ code: 1, err: expect.stringContaining(text) });
    expect(eventsOf(dir(A))).toHaveLength(before);
    expect(existsSync(`${dir(B)}.joined`)).toBe(false);
  };

  test('with workers at work', async () => {
    publish(dir(B), Date.now(), { t: 'spawn', worker: 'W1', pid: process.pid });
    await refusedWith('at work: W1', A, '--session', B);
  });

  test('with active blocks', async () => {
    publish(
      dir(B),
      Date.now(),
      { t: 'hook', worker: 'W1', event: 'Stop', exit: 2, stderr: 'no' },
      { t: 'done', worker: 'W1' },
    );
    await refusedWith('stand: B1', A, '--session', B);
  });

  test('to itself, twice, to a joined one, and under a name that is taken', async () => {
    await refusedWith('itself', A, '--session', A);
    await fire('session-c', 'SessionStart', { source: 'startup' });
    await cli({}, 'join', A, '--session', B, '--as', 'docs');
    expect((await cli({}, 'join', A, '--session', B)).err).toContain(`already belongs to ${A}`);
    expect((await cli({}, 'join', B, '--session', 'session-c')).err).toContain(`works for ${A} itself`);
    expect((await cli({}, 'join', A, '--session', 'session-c', '--as', 'docs')).err).toContain('a worker docs already');
    expect((await cli({}, 'join', A, '--session', 'session-c', '--as', 'conductor')).err).toContain(
      'cannot be the name',
    );
    expect(lstatSync(dir('session-c')).isDirectory()).toBe(true);
  });

  test('to one that does not exist or has ended', async () => {
    await refusedWith('there is no session nobody', 'nobody', '--session', B);
    const info = readSessionInfo(dir(A));
    if (info !== undefined) writeSessionInfo(dir(A), { ...info, startTime: '1' });
    await refusedWith('has ended', A, '--session', B);
  });

  test('across a newer format', async () => {
    writeFileSync(join(dir(A), 'events.jsonl'), `{"t":"open","format":${LOG_FORMAT + 1},"nonce":"x"}\n`);
    await refusedWith('newer Fermata', A, '--session', B);
  });

  test('where its folder cannot be replaced: everything is as it was', async () => {
    const request = { home: stage.home, session: B, target: A, now: Date.now() };
    const replaceFolder = (): never => {
      throw new Error('EPERM');
    };
    expect(() => joinSession({ ...request, replaceFolder })).toThrow('EPERM');
    expect(lstatSync(dir(B)).isDirectory()).toBe(true);
    expect(existsSync(`${dir(B)}.joined`)).toBe(false);
    expect(stateOf(dir(A)).workers.get(`session-${B.slice(0, 8)}`)?.state).toBe('failed');
  });
});

describe('a file in the place of a session that leads to no session', () => {
  test.each([
    ['names one that is gone', 'gone\n'],
    ['names itself', `${B}\n`],
    ['names a path', `../sessions/${A}\n`],
    ['is empty', ''],
    ['is long', 'x'.repeat(1 << 20)],
  ])('%s: the session begins its own log, and what was there is beside it', async (_name, content) => {
    rmSync(dir(B), { recursive: true });
    writeFileSync(dir(B), content);
    expect((await cli({}, 'status', '--session', B)).code).toBe(3);
    await fire(B, 'UserPromptSubmit', { prompt: 'go' });
    expect(eventsOf(dir(B), 'prompt')).toHaveLength(1);
    expect(eventsOf(dir(A), 'prompt')).toEqual([]);
    const aside = readdirSync(dirname(dir(B))).find((name) => name.startsWith(`${B}.aside-`));
    expect(readFileSync(join(dirname(dir(B)), aside ?? ''), 'utf8')).toBe(content);
    expect(stage.errorLog).toBe('');
  });

  test('a circle of two is none either', async () => {
    rmSync(dir(B), { recursive: true });
    writeFileSync(dir(B), 'session-c\n');
    writeFileSync(dir('session-c'), `${B}\n`);
    await fire(B, 'UserPromptSubmit', { prompt: 'go' });
    expect(eventsOf(dir(B), 'prompt')).toHaveLength(1);
    // the other one works there then, as its file says
    expect((await cli({}, 'status', '--session', 'session-c')).code).toBe(0);
  });

  test('and where the session had a folder before it joined, it has that again', async () => {
    publish(dir(B), Date.now(), { t: 'log', level: 'info', message: 'mine' });
    await cli({}, 'join', A, '--session', B);
    rmSync(dir(A), { recursive: true });
    await fire(B, 'Stop');
    expect(eventsOf(dir(B)).some((e) => e['message'] === 'mine')).toBe(true);
  });
});

describe('hooks of the joining session that run meanwhile', () => {
  test('neither lose its folder nor speak for the Conductor', async () => {
    await fire(A, 'UserPromptSubmit', { prompt: 'go' });
    const running = ['Stop', 'UserPromptSubmit', 'Stop', 'UserPromptSubmit', 'Stop'].map((event) =>
      fire(B, event, { prompt: 'p' }),
    );
    const joined = cli({}, 'join', A, '--session', B, '--as', 'docs');
    const more = Array.from({ length: 10 }, () => fire(B, 'Stop'));
    expect((await joined).code).toBe(0);
    for (const hook of [...running, ...more]) expect((await hook).code).toBe(0);
    expect(readFileSync(dir(B), 'utf8')).toBe(`${A}\n`);
    expect(eventsOf(dir(A), 'turn')).toHaveLength(1);
    expect(eventsOf(dir(A), 'session')).toHaveLength(1);
  });

  test('a hook that begins before and ends after publishes into the log that it answers from', async () => {
    stage.settings({ 'hold.seconds': 30 });
    publish(dir(B), Date.now(), { t: 'hook', worker: 'W1', event: 'Stop', exit: 2, stderr: 'wait', ttlMs: 60_000 });
    const held = fire(B, 'Stop');
    await waitFor(() => stateOf(dir(B)).blocks.get('B1')?.holding.length === 1, { describe: 'the turn to be held' });
    const before = eventsOf(dir(A)).length;
    publish(dir(B), Date.now(), { t: 'unblock', block: 'B1', by: 'user' }, { t: 'done', worker: 'W1' });
    joinSession({ home: stage.home, session: B, target: A, now: Date.now() });
    expect((await held).code).toBe(0);
    const added = eventsOf(dir(A)).slice(before);
    expect(added.map((e) => e['t'])).toEqual(['spawn']);
  });

  test('a join that was killed between its two steps leaves a folder that the next hook restores', async () => {
    appendFileSync(join(dir(B), 'events.jsonl'), '{"t":"log","level":"info","message":"mine"}\n');
    renameSync(dir(B), `${dir(B)}.joined`);
    const left = `${dir(B)}.0123456789abcdefghij.tmp`;
    writeFileSync(left, A);
    utimesSync(left, 0, 0);
    await fire(B, 'Stop');
    expect(eventsOf(dir(B)).some((e) => e['message'] === 'mine')).toBe(true);
    expect(existsSync(`${dir(B)}.joined`)).toBe(false);
    await fire(B, 'SessionStart', { source: 'resume' });
    expect(existsSync(left)).toBe(false);
  });
});
