import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { joinedFolder } from '#core/session/folder.ts';
import { arm } from '#core/session/armed.ts';
import { raiseFlag } from '#core/session/flags.ts';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { LOG_FORMAT } from '#protocol/parseEvent.ts';
import { claudeElsewhere } from '#test/lib/claudeElsewhere.ts';
import { runnerProgram, Stage } from '#test/lib/fermata.ts';
import { HOOK_FILES } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const SENTENCE = `recorded by a newer Fermata (format ${LOG_FORMAT + 1})`;

/** A session that a newer Fermata records, with everything in it that a writer of today would have an answer to. */
function newerStage(): Stage {
  const stage = new Stage();
  const lines = [
    { t: 'open', format: LOG_FORMAT + 1, nonce: 'n' },
    { t: 'session', session: stage.session, cwd: stage.project },
    { t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W1' }] },
    { t: 'spawn', worker: 'W2', pid: 2 ** 22 + 1, startTime: 'gone', host: hostIdentity() },
    { t: 'acquire', worker: 'W2', resource: 'db', id: 'a', ttlMs: 1, ts: Date.now() - 1000 },
    { t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 2, stderr: 'not now', ttlMs: 1, ts: Date.now() - 1000 },
    { t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 2, stderr: 'not now' },
    { t: 'hook', worker: 'W2', event: 'Stop', exit: 2, stderr: 'not yet' },
    { t: 'tell', to: 'conductor', text: 'hello', by: 'W2' },
  ];
  writeFileSync(join(stage.dir, 'events.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  // Claude is this very process
  const startTime = startTimeOf(process.pid);
  const claude = { pid: process.pid, host: hostIdentity(), ...(startTime === undefined ? {} : { startTime }) };
  writeSessionInfo(stage.dir, { session: stage.session, project: stage.project, started: Date.now(), ...claude });
  arm(stage.dir, ['PreToolUse', 'PostToolUse']);
  raiseFlag(stage.dir, { kind: 'release', block: 'all' }, 'go on');
  const hooks = join(stage.home, 'hooks');
  mkdirSync(hooks, { recursive: true });
  for (const name of HOOK_FILES) cpSync(join(dirname(runnerProgram), name), join(hooks, name));
  return stage;
}

/** Every file of the session with what is in it. */
const contents = ({ dir }: Stage): [string, string][] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .filter((path) => lstatSync(join(dir, path)).isFile())
    .map((path) => [path, readFileSync(join(dir, path), 'utf8')]);

/** Runs the hook program as the gate does, with this process for Claude. */
function hook(stage: Stage, event: string, more: object = {}): Promise<{ code: number | null; output: string }> {
  const payload = { session_id: stage.session, hook_event_name: event, cwd: stage.project, ...more };
  const program = join(stage.home, 'hooks', 'hook.cjs');
  const child = spawn(process.execPath, [program, event, '60'], { env: stage.env(), cwd: stage.project });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(JSON.stringify(payload));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

describe('a log of a newer format', () => {
  it('is left alone by hooks, and nothing is answered from it', async () => {
    const stage = newerStage();
    const before = contents(stage);
    const tool = { tool_name: 'Read', tool_input: { file_path: '/a' } };
    const hookEvents: [string, object][] = [
      ['SessionStart', { source: 'resume' }],
      ['UserPromptSubmit', { prompt: 'go' }],
      ['PreToolUse', tool],
      ['PostToolUse', tool],
      ['Stop', {}],
      ['SessionEnd', { reason: 'exit' }],
    ];
    for (const [event, more] of hookEvents)
      expect(await hook(stage, event, more), event).toEqual({ code: 0, output: '' });
    expect(contents(stage)).toEqual(before);
    writeFileSync(homePaths(stage.home).failClosed, '');
    const refused = { code: 2, output: expect.stringContaining('of a newer format') as string };
    expect(await hook(stage, 'PreToolUse', tool)).toEqual(refused);
    expect(await hook(stage, 'Stop')).toEqual({ code: 0, output: '' });
    expect(contents(stage)).toEqual(before);
  });

  it('is not continued by the session that follows in the same Claude', async () => {
    const stage = newerStage();
    const before = contents(stage);
    await hook(stage, 'SessionStart', { session_id: 'after-clear', source: 'clear' });
    const next = sessionDir(stage.home, 'after-clear');
    expect(joinedFolder(next)).toBeUndefined();
    expect(readFileSync(join(next, 'events.jsonl'), 'utf8')).toContain(`"format":${LOG_FORMAT}`);
    expect(contents(stage)).toEqual(before);
  });

  it.each([
    ['progress', '50'],
    ['done'],
    ['fail', 'no', '--critical'],
    ['handoff', 'W2'],
    ['tell', 'conductor', 'hi'],
    ['emit', '{"t":"done"}'],
    ['inform', 'hi'],
    ['block', 'no'],
    ['unblock'],
    ['hook', '--event', 'Stop', '--exit-code', '2', '--stderr', 'no'],
    ['rewrite', '--tool', 'Read', '--input', '{}'],
    ['watch'],
    ['checkpoint', 'ready'],
    ['acquire', 'db', '--wait'],
    ['acquire', 'db', '--id', 'a'],
    ['release', 'db'],
    ['with-lock', 'db', '--', 'true'],
    ['ballot', 'ship', '--quorum', '1'],
    ['vote', 'proceed'],
    ['resolve', 'B3', 'did it'],
    ['abort', 'W2'],
    ['abort', 'session'],
  ])('refuses `fermata %s %s`', async (...args) => {
    const stage = newerStage();
    const before = contents(stage);
    const result = await stage.cli('W2', ...args);
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringContaining(SENTENCE) });
    expect(result.err).toContain('Update this Fermata');
    expect(contents(stage)).toEqual(before);
  });

  it('refuses the person `fermata release-block B2`', async () => {
    const stage = newerStage();
    claudeElsewhere(stage.dir);
    const before = contents(stage);
    const result = await stage.cli({}, 'release-block', 'B2');
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringContaining(SENTENCE) });
    expect(contents(stage)).toEqual(before);
  });

  it('can be looked at', async () => {
    const stage = newerStage();
    appendFileSync(join(stage.dir, 'events.jsonl'), '{"t":"vote","worker":"W2","decision":"proceed"}\n');
    const before = contents(stage);
    expect((await stage.cli('W3', 'status')).code).toBe(0);
    expect((await stage.cli('W3', 'log')).out).toContain('blocks at Stop: not yet');
    expect((await stage.cli('W3', 'tally')).out).toContain('W2 proceed');
    // long enough to look for lost workers
    expect((await stage.cli('W3', 'wait', 'done:W2', '--timeout', '2500ms')).code).toBe(4);
    expect(contents(stage)).toEqual(before);
  });

  it('starts no worker', async () => {
    const stage = newerStage();
    const before = contents(stage);
    expect((await stage.run(runnerProgram, {}, stage.dir, 'W1')).code).toBe(0);
    expect(contents(stage)).toEqual(before);
  });
});
