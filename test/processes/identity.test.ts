import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joinedFolder } from '#core/session/folder.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { isSessionLive, readSessionInfo, writeSessionInfo } from '#core/session/info.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

let stage: HookStage;
const processes: ChildProcess[] = [];
beforeEach(async () => {
  stage = new HookStage();
  await stage.start();
});
afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
});

const dirOf = (id: string): string => join(stage.home, 'sessions', id);
const hasJoined = (id: string): boolean => joinedFolder(dirOf(id)) !== undefined;
/** Fires an event with another session's id. */
const fireAs = (
  id: string,
  event: Parameters<HookStage['payload']>[0],
  more: object = {},
  env: Record<string, string> = {},
) => stage.run(event, stage.payload(event, { session_id: id, ...more }), { CLAUDE_CODE_SESSION_ID: id, ...env });
/** Records that the session is at work in a process of its own, as when it runs in another terminal. */
function recordOtherProcess(): number {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  processes.push(child);
  const pid = child.pid ?? -1;
  const info = readSessionInfo(stage.dir);
  if (info === undefined) throw new Error('no session.json');
  writeSessionInfo(stage.dir, { ...info, pid, startTime: startTimeOf(pid) ?? '', host: hostIdentity() });
  return pid;
}
/** Records a dead process as the session's. */
function recordDeadProcess(): void {
  const info = readSessionInfo(stage.dir);
  if (info === undefined) throw new Error('no session.json');
  writeSessionInfo(stage.dir, { ...info, pid: 2 ** 22 - 3, startTime: '1', host: hostIdentity() });
}

describe('after /clear', () => {
  const clear = async (): Promise<void> => {
    await stage.fire('SessionEnd', { reason: 'clear' });
    await fireAs('s2', 'SessionStart', { source: 'clear' });
  };

  test('the new id is another session if nothing of the old one is alive', async () => {
    await clear();
    expect(hasJoined('s2')).toBe(false);
    expect(stage.state.conductor.state).toBe('ended');
    expect(stateOf(dirOf('s2')).session).toMatchObject({ id: 's2' });
  });

  test('with a live worker the new id has the old one’s folder, as its Conductor', async () => {
    stage.publish({ t: 'spawn', worker: 'W1', pid: process.pid });
    stage.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not yet' });
    await clear();
    expect(joinedFolder(dirOf('s2'))).toBe(dirOf(stage.session));
    expect(stage.state.session.id).toBe('s2');
    expect(stage.state.conductor.state).toBe('idle');
    const call = { tool_name: 'Read', tool_input: { file_path: 'a' } };
    expect((await fireAs('s2', 'PreToolUse', call)).stdout).toContain('deny');
  });
});

test('a compaction changes nothing', async () => {
  const before = readSessionInfo(stage.dir);
  await stage.fire('UserPromptSubmit', { prompt: 'go' });
  await stage.fire('PreCompact', { trigger: 'auto' });
  await stage.fire('SessionStart', { source: 'compact' });
  expect(readSessionInfo(stage.dir)).toEqual(before);
  expect(stage.state.conductor).toMatchObject({ state: 'working', turn: 1 });
});

test('a session resumed in another process belongs to it, and subagents of the last one are lost', async () => {
  await stage.fire('SubagentStart', { agent_id: 'a1', agent_type: 'Explore' });
  recordDeadProcess();
  await stage.start({ source: 'resume' });
  expect(readSessionInfo(stage.dir)).toMatchObject({ pid: process.pid });
  expect(stage.state.workers.get('a1')).toMatchObject({ state: 'lost' });
});

test('a session resumed although it is at work elsewhere is taken over with the first prompt', async () => {
  const pid = recordOtherProcess();
  await stage.start({ source: 'resume' });
  expect(readSessionInfo(stage.dir)).toMatchObject({ pid });
  await stage.fire('UserPromptSubmit', { prompt: 'go on' });
  expect(readSessionInfo(stage.dir)).toMatchObject({ pid: process.pid });
});

describe('a session in two terminals', () => {
  const isLive = () => isSessionLive(readSessionInfo(stage.dir));

  test('lives while it does in one of them, whichever that is', async () => {
    const pid = recordOtherProcess();
    await stage.start({ source: 'resume' });
    await stage.fire('UserPromptSubmit', { prompt: 'go on' });
    expect(readSessionInfo(stage.dir)).toMatchObject({ pid: process.pid, alsoIn: [{ pid }] });
    await stage.fire('SessionEnd', { reason: 'prompt_input_exit' });
    expect(readSessionInfo(stage.dir)).toMatchObject({ pid });
    expect(stage.state.conductor.state).not.toBe('ended');
    expect(isLive()).toBe(true);
    processes[0]?.kill('SIGKILL');
    await waitFor(() => isLive() === false, { describe: 'the other one to have ended' });
  });

  test('resumed and not yet prompted here it outlives the other terminal', async () => {
    recordOtherProcess();
    await stage.start({ source: 'resume' });
    processes[0]?.kill('SIGKILL');
    await waitFor(() => startTimeOf(processes[0]?.pid ?? -1) === undefined, { describe: 'the other one to end' });
    expect(isLive()).toBe(true);
  });

  test('keeps the subagents of the other one', async () => {
    await stage.fire('SubagentStart', { agent_id: 'a1', agent_type: 'Explore' });
    recordOtherProcess();
    await stage.fire('UserPromptSubmit', { prompt: 'go on' });
    expect(stage.state.workers.get('a1')).toMatchObject({ state: 'running' });
  });
});

describe('what Claude holds itself', () => {
  const holders = () => stage.state.locks.get('db')?.holders.map(({ worker }) => worker) ?? [];
  beforeEach(() => stage.publish({ t: 'acquire', worker: 'conductor', resource: 'db' }));

  test('ends with its session, and not with /clear', async () => {
    await stage.fire('SessionEnd', { reason: 'clear' });
    expect(holders()).toEqual(['conductor']);
    await stage.fire('SessionEnd', { reason: 'prompt_input_exit' });
    expect(holders()).toEqual([]);
  });

  test('ends with a Claude that was killed: who waits for it reports that, and so does a new process', async () => {
    recordDeadProcess();
    const log = openLog(stage.dir);
    reportLost(log, Date.now());
    expect(holders()).toEqual([]);
    expect(stage.state.conductor.state).toBe('ended');
  });

  test('is lost when the session is resumed, of which Claude is told', async () => {
    recordDeadProcess();
    await stage.start({ source: 'resume' });
    expect(holders()).toEqual([]);
    const { stdout } = await stage.fire('UserPromptSubmit', { prompt: 'go on' });
    expect(stdout).toContain("you no longer have db: Claude's session ended");
  });
});

describe('a fork', () => {
  test('of a session that has ended is another one, and the old one has ended', async () => {
    recordDeadProcess();
    await stage.start({ source: 'resume' });
    await fireAs('f1', 'UserPromptSubmit', { prompt: 'another way' });
    expect(hasJoined('f1')).toBe(false);
    expect(stateOf(dirOf('f1'))).toMatchObject({ session: { id: 'f1' }, conductor: { state: 'working' } });
    expect(stage.state.conductor).toMatchObject({ state: 'ended', reason: 'goes on as f1' });
  });

  test('of one with live workers continues with them', async () => {
    stage.publish({ t: 'spawn', worker: 'W1', pid: process.pid });
    recordDeadProcess();
    await stage.start({ source: 'resume' });
    await fireAs('f1', 'UserPromptSubmit', { prompt: 'another way' });
    expect(joinedFolder(dirOf('f1'))).toBe(dirOf(stage.session));
    expect(stage.state).toMatchObject({ session: { id: 'f1' }, conductor: { state: 'working' } });
  });

  test('of one that is at work elsewhere leaves it unchanged', async () => {
    const pid = recordOtherProcess();
    stage.publish({ t: 'spawn', worker: 'W1', pid: process.pid });
    await stage.start({ source: 'resume' });
    await fireAs('f1', 'UserPromptSubmit', { prompt: 'another way' });
    expect(hasJoined('f1')).toBe(false);
    expect(readSessionInfo(stage.dir)).toMatchObject({ pid });
    expect(stage.state.conductor.state).not.toBe('ended');
  });
});

test('the old id, resumed when its successor has ended, is the Conductor again', async () => {
  stage.publish({ t: 'spawn', worker: 'W1', pid: process.pid });
  await stage.fire('SessionEnd', { reason: 'clear' });
  await fireAs('s2', 'SessionStart', { source: 'clear' });
  recordDeadProcess();
  await stage.start({ source: 'resume' });
  expect(stage.state.session.id).toBe(stage.session);
});

describe('a session that works for another', () => {
  const call = (tool_name: string, file: string) => ({
    tool_name,
    tool_input: { file_path: join(stage.project, file) },
  });
  const parented = { FERMATA_PARENT: 'session-1' };
  const runs = () => ({ FERMATA_WORKER: 'W2', FERMATA_SESSION_DIR: stage.dir });

  test('started by Claude’s own shell it is a worker there, until it ends', async () => {
    await fireAs('child-session', 'SessionStart', { source: 'startup' }, parented);
    expect(joinedFolder(dirOf('child-session'))).toBe(dirOf(stage.session));
    expect(stage.state.session.id).toBe(stage.session);
    expect(stage.state.workers.get('session-child-se')).toMatchObject({ state: 'running', kind: 'session' });
    await fireAs('child-session', 'UserPromptSubmit', { prompt: 'go' }, parented);
    expect(stage.state.conductor.state).toBe('idle');
    await fireAs('child-session', 'SessionEnd', { reason: 'other' }, parented);
    expect(stage.state.workers.get('session-child-se')).toMatchObject({ state: 'done' });
    expect(stage.state.conductor.state).not.toBe('ended');
  });

  test('obeys locks of others, by the holder’s name, and not blocks on Claude', async () => {
    await fireAs('w2-session', 'SessionStart', { source: 'startup' }, runs());
    stage.publish({ t: 'acquire', worker: 'W1', resource: 'file:a.txt' });
    stage.publish({ t: 'acquire', worker: 'W2', resource: 'file:b.txt' });
    stage.publish({
      t: 'hook',
      worker: 'W1',
      event: 'PreToolUse',
      exit: 2,
      stderr: 'for Claude',
      match: { tool: 'Read' },
    });
    const edit = (file: string) => fireAs('w2-session', 'PreToolUse', call('Edit', file), runs());
    expect((await edit('a.txt')).stdout).toContain('a.txt is locked by W1');
    expect((await edit('b.txt')).stdout).toBe('');
    expect((await fireAs('w2-session', 'PreToolUse', call('Read', 'a.txt'), runs())).stdout).toBe('');
    // Claude obeys the worker's lock
    expect((await stage.fire('PreToolUse', call('Write', 'b.txt'))).stdout).toContain('b.txt is locked by W2');
  });

  test('Claude itself may edit what it has locked, its subagents may not', async () => {
    stage.publish({ t: 'acquire', worker: 'conductor', resource: 'file:a.txt' });
    expect((await stage.fire('PreToolUse', call('Edit', 'a.txt'))).stdout).toBe('');
    const agent = { agent_id: 'a1', agent_type: 'Explore' };
    expect((await stage.fire('PreToolUse', { ...call('Edit', 'a.txt'), ...agent })).stdout).toContain(
      'locked by conductor',
    );
  });

  test('a write that bypasses a lock is shown afterwards, with its writer and the holder', async () => {
    await fireAs('w2-session', 'SessionStart', { source: 'startup' }, runs());
    stage.publish({ t: 'acquire', worker: 'W1', resource: 'file:src/a.txt', id: 'l1' });
    const bash = (command: string) => ({ tool_name: 'Bash', tool_input: { command }, tool_response: {} });
    const warnings = () => stage.state.notices.map(({ worker, text }) => `${worker}: ${text}`);
    await fireAs('w2-session', 'PostToolUse', bash('sed -i s/a/b/ ./src/a.txt && echo > src/b.txt'), runs());
    await stage.fire('PostToolUse', bash('cat src/a.txt'));
    await stage.fire('PostToolUseFailure', bash('cd src && echo x >> a.txt'));
    expect(warnings()).toEqual([
      'W2: W2 wrote ./src/a.txt in a shell although W1 holds it (B1)',
      'conductor: Claude wrote a.txt in a shell although W1 holds it (B1)',
    ]);
    stage.publish({ t: 'release', worker: 'W1', resource: 'file:src/a.txt', id: 'l1' });
    await stage.fire('PostToolUse', bash('echo > src/a.txt'));
    expect(warnings()).toHaveLength(2);
    expect(existsSync(join(stage.dir, 'armed/PostToolUse'))).toBe(false);
  });

  test('gets the messages to its worker, and starts no worker', async () => {
    await fireAs('w2-session', 'SessionStart', { source: 'startup' }, runs());
    stage.publish({ t: 'tell', to: 'W2', text: 'use the other table', by: 'W1' });
    stage.publish({ t: 'tell', to: 'conductor', text: 'not for you', by: 'W1' });
    const after = { tool_name: 'Read', tool_input: {}, tool_response: {} };
    const { stdout } = await fireAs('w2-session', 'PostToolUse', after, runs());
    expect(stdout).toContain('use the other table');
    expect(stdout).not.toContain('not for you');
    stage.settings({ rules: { go: 'true' } });
    await fireAs('w2-session', 'UserPromptSubmit', { prompt: 'go' }, runs());
    expect([...stage.state.workers.keys()]).toEqual(['W2', 'W1'].filter((w) => stage.state.workers.has(w)));
    expect(stage.state.runs.size).toBe(0);
  });
});

test('Claude’s shell has the session’s folder by its own id, which a fork changes', async () => {
  const file = join(stage.project, 'env.sh');
  writeFileSync(file, 'export OTHER=1\n');
  await stage.run('SessionStart', stage.payload('SessionStart', { source: 'startup' }), { CLAUDE_ENV_FILE: file });
  const shell = (env: Record<string, string>): Promise<string> =>
    new Promise((resolve) => {
      const child = spawn('/bin/sh', ['-c', `. "${file}"; echo "$FERMATA_SESSION_DIR $FERMATA_PARENT"`], { env });
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.on('close', () => resolve(out.trim()));
    });
  expect(await shell({})).toBe(`${stage.dir} ${stage.session}`);
  expect(await shell({ CLAUDE_CODE_SESSION_ID: 'fork' })).toBe(`${dirOf('fork')} fork`);
  expect(existsSync(dirOf('fork'))).toBe(false);
  expect(readFileSync(file, 'utf8')).toMatch(/^export OTHER=1\n[^]*export PATH=/);
});
