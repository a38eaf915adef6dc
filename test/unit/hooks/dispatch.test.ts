import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { dispatch } from '#hooks/dispatch.ts';
import type { Reply } from '#hooks/reply.ts';
import type { HookPayload } from '#protocol/payload.ts';
import type { Note } from '#protocol/state.ts';
import { writeApprovedRules } from '#test/lib/approvedRules.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

let home: string;
let dir: string;

beforeEach(() => {
  home = join(tempDir(), '.fermata');
  mkdirSync(home);
  writeFileSync(homePaths(home).settings, JSON.stringify({ 'hold.seconds': 0 }));
  dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'session', session: 's1', cwd: home });
});

/** Keeps a snapshot at the end of the log, whole and with the right checksum, in which information has no fields. */
function poisonSnapshot(): void {
  const log = openLog(dir);
  log.state.notes.set(1, null as unknown as Note);
  saveSnapshot(log, 0);
}

/** What a hook prints. */
async function answers(event: HookPayload['hook_event_name'], fields: Partial<HookPayload> = {}): Promise<Reply[]> {
  const printed: Reply[] = [];
  const payload: HookPayload = { session_id: 's1', hook_event_name: event, cwd: home, ...fields };
  await dispatch(payload, { home, env: {}, now: () => T0, timeoutSeconds: 60 }, (reply) => printed.push(reply) > 0);
  return printed;
}

const call = { tool_name: 'Bash', tool_input: { command: 'git push' } };
const block: NewEvent = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'not now' };
const errors = (): string => {
  const { logs } = homePaths(home);
  return existsSync(logs) ? readFileSync(join(logs, 'hook.log'), 'utf8') : '';
};
const typesInLog = (): string[] =>
  readFileSync(sessionPaths(dir).log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as NewEvent).t);

test('a hook that throws with a snapshot answers by the log alone, and reports it', async () => {
  publish(dir, T0, block);
  poisonSnapshot();
  const replies = await answers('PreToolUse', call);
  expect(replies).toHaveLength(1);
  expect(JSON.stringify(replies[0])).toContain('not now');
  expect(errors()).toContain('read again without its snapshot');
});

test('so does one at another event that has published nothing yet, and it publishes once', async () => {
  poisonSnapshot();
  expect(await answers('UserPromptSubmit', { prompt: 'hello' })).toHaveLength(1);
  expect(typesInLog().filter((t) => t === 'prompt')).toHaveLength(1);
  expect(errors()).toContain('read again without its snapshot');
});

test('a hook that throws without a snapshot, too, fails: the caller decides what that means', async () => {
  publish(dir, T0, block);
  const broken = (): number => {
    throw new RangeError('no clock');
  };
  const payload: HookPayload = { session_id: 's1', hook_event_name: 'PreToolUse', cwd: home, ...call };
  const environment = { home, env: {}, now: broken, timeoutSeconds: 60 };
  await expect(dispatch(payload, environment, () => true)).rejects.toThrow('no clock');
});

test('with a good snapshot nothing is read again', async () => {
  publish(dir, T0, block);
  saveSnapshot(openLog(dir), 0);
  expect(JSON.stringify(await answers('PreToolUse', call))).toContain('not now');
  expect(errors()).toBe('');
});

/** Makes a log that is read and not written, as on a full disk: a file with a second name elsewhere. */
const makeUnwritable = (): void => linkSync(sessionPaths(dir).log, join(home, 'second-name'));

test('where the log cannot be written a block refuses all the same, and the error log has a line', async () => {
  publish(dir, T0, block);
  makeUnwritable();
  for (let i = 0; i < 2; i++) {
    const replies = await answers('PreToolUse', call);
    expect(replies).toHaveLength(1);
    expect(JSON.stringify(replies[0])).toContain('not now');
  }
  expect(typesInLog()).not.toContain('denied');
  expect(errors()).toContain('not written to the log');
  expect(errors()).not.toContain('read again without its snapshot');
});

test('where the log cannot be written the person’s flag is obeyed at each call, and stays', async () => {
  publish(dir, T0, block);
  makeUnwritable();
  const { flags } = sessionPaths(dir);
  writeFileSync(join(flags, 'release-B1'), '');
  for (let i = 0; i < 2; i++) expect(JSON.stringify(await answers('PreToolUse', call))).not.toContain('not now');
  expect(readdirSync(flags)).toEqual(['release-B1']);
});

// a task and a teammate have no input of a tool; a long name once broke the hook, which then let the action pass
test.each<[HookPayload['hook_event_name'], Partial<HookPayload>]>([
  ['TaskCompleted', { task_subject: 'x'.repeat(300) }],
  ['TaskCreated', { task_subject: 'x'.repeat(200_000) }],
  ['TeammateIdle', { teammate_name: 'x'.repeat(300) }],
  ['PreToolUse', { tool_name: 'Bash', tool_input: { command: 'x'.repeat(200_000) } }],
])('a block refuses %s however long its name is', async (event, fields) => {
  publish(dir, T0, { ...block, event });
  const [reply] = await answers(event, fields);
  expect(JSON.stringify(reply)).toContain('not now');
  expect(typesInLog()).toContain('denied');
  expect(errors()).toBe('');
});

test('a log of a newer format is left alone: calls pass, or are refused where failures refuse them', async () => {
  publish(dir, T0, block);
  const { log } = sessionPaths(dir);
  writeFileSync(log, readFileSync(log, 'utf8').replace(/"format":\d+/, '"format":999'));
  const text = readFileSync(log, 'utf8');
  expect(text).toContain('"format":999');
  expect(await answers('PreToolUse', call)).toEqual([]);
  writeFileSync(homePaths(home).failClosed, '');
  await expect(answers('PreToolUse', call)).rejects.toThrow('of a newer format');
  // only before a call a failure can refuse anything
  expect(await answers('Stop')).toEqual([]);
  expect(readFileSync(log, 'utf8')).toBe(text);
});

test('a home that is gone is not made again', async () => {
  const gone = join(tempDir(), '.fermata');
  const payload: HookPayload = { session_id: 's1', hook_event_name: 'SessionStart', cwd: home };
  const printed: Reply[] = [];
  await dispatch(
    payload,
    { home: gone, env: {}, now: () => T0, timeoutSeconds: 60 },
    (reply) => printed.push(reply) > 0,
  );
  expect(printed).toEqual([]);
  expect(existsSync(gone)).toBe(false);
});

test('a call that the person let run passes once, and the log has that it did', async () => {
  publish(dir, T0, block, { t: 'held', block: 'B1', tool: 'Bash', call: 'c1', summary: 'git push' });
  publish(dir, T0, { t: 'unblock', block: 'B1', by: 'user', call: 'c1' });
  const own = { ...call, tool_use_id: 'c1' };
  expect(JSON.stringify(await answers('PreToolUse', own))).not.toContain('not now');
  expect(typesInLog().filter((t) => t === 'passed')).toHaveLength(1);
  expect(JSON.stringify(await answers('PreToolUse', { ...call, tool_use_id: 'c2' }))).toContain('not now');
});

test('a hook at another event that has published something fails rather than publish it twice', async () => {
  publish(dir, T0, { t: 'turn', state: 'working' }, { t: 'turn', state: 'idle' });
  poisonSnapshot();
  await expect(answers('Stop', { stop_hook_active: false })).rejects.toThrow(TypeError);
  expect(typesInLog().filter((t) => t === 'turn')).toHaveLength(3);
  expect(errors()).not.toContain('read again');
});

describe('what is found beside the answer', () => {
  const transcript_path = (): string => join(home, 's1.jsonl');
  const describeAgent = (id: string, facts: object): void => {
    mkdirSync(join(home, 's1', 'subagents'), { recursive: true });
    writeFileSync(join(home, 's1', 'subagents', `agent-${id}.meta.json`), JSON.stringify(facts));
  };
  const spawn = (worker: string, task?: string): NewEvent => ({
    t: 'spawn',
    worker,
    kind: 'subagent',
    parent: 'conductor',
    task,
  });
  const after = (): Promise<Reply[]> => answers('PostToolUse', { ...call, transcript_path: transcript_path() });
  const last = (): NewEvent =>
    JSON.parse(readFileSync(sessionPaths(dir).log, 'utf8').trim().split('\n').at(-1) ?? '') as NewEvent;

  test('the task of a subagent is recorded once it can be read, and then nobody looks again', async () => {
    publish(dir, T0, spawn('a1'));
    await after();
    expect(last()).toMatchObject({ t: 'spawn', worker: 'a1' });
    expect(last()).not.toHaveProperty('task');
    describeAgent('a1', { agentType: 'Explore', description: 'find it', spawnDepth: 1 });
    await after();
    expect(last()).toMatchObject({ t: 'spawn', worker: 'a1', task: 'find it' });
    const lines = typesInLog().length;
    describeAgent('a1', { agentType: 'Explore', description: 'something else', spawnDepth: 1 });
    await after();
    expect(typesInLog()).toHaveLength(lines);
  });

  test('the end of one that was stopped is recorded for certain, and of no other that has ended', async () => {
    const ended = (worker: string): NewEvent => ({ t: 'exit', worker, code: null });
    publish(
      dir,
      T0,
      spawn('a1', 'x'),
      spawn('a2', 'y'),
      { t: 'abort', worker: 'a1', by: 'user' },
      ended('a1'),
      ended('a2'),
    );
    for (const id of ['a1', 'a2']) describeAgent(id, { agentType: 'Explore', finished: true });
    await after();
    expect(eventsOf(dir, 'done')).toMatchObject([{ worker: 'a1' }]);
    await after();
    expect(eventsOf(dir, 'done')).toHaveLength(1);
  });

  test('while the agents are looked at, a block whose time is over ends in the log, and nothing else does', async () => {
    const ttlMs = 1000;
    publish(dir, T0 - 60_000, { ...block, ttlMs }, { t: 'acquire', worker: 'W2', resource: 'db', ttlMs });
    await after();
    expect(typesInLog()).not.toContain('expire');
    publish(dir, T0, spawn('a1'));
    await after();
    expect(typesInLog().filter((t) => t === 'expire')).toHaveLength(1);
    expect(last()).toMatchObject({ t: 'expire', what: 'block', ref: 'B1' });
  });

  test('a snapshot is kept where enough was read, and not before', async () => {
    const { snapshot } = sessionPaths(dir);
    await answers('PreToolUse', call);
    expect(existsSync(snapshot)).toBe(false);
    publish(dir, T0, block, ...['a', 'b'].map((key) => ({ ...block, key, message: 'x'.repeat(30_000) })));
    expect(await answers('PreToolUse', call)).toHaveLength(1);
    expect(existsSync(snapshot)).toBe(true);
  });
});

describe('planned workers', () => {
  /** A runner that only records for which worker it was started. */
  function standInRunner(): () => string[] {
    const started = join(home, 'started');
    mkdirSync(join(home, 'hooks'), { recursive: true });
    const program = `require('node:fs').appendFileSync(${JSON.stringify(started)}, process.argv.at(-1) + '\\n');`;
    writeFileSync(homePaths(home).runner, program);
    return () => (existsSync(started) ? readFileSync(started, 'utf8').trim().split('\n') : []);
  }

  test('start with the call after which they can', async () => {
    const started = standInRunner();
    const workers = [
      { name: 'first', run: ['true'] },
      { name: 'second', run: ['true'], after: ['first'] },
    ];
    writeApprovedRules(home, home, { version: 1, rules: [{ name: 'r', prompt: '^go$', workers }] });
    await answers('UserPromptSubmit', { prompt: 'go' });
    await waitFor(() => started().length === 1, { describe: 'a runner to start' });
    await answers('PostToolUse', call);
    expect(started()).toEqual(['W1']);
    publish(dir, T0, { t: 'exit', worker: 'W1', code: 0 });
    await answers('PostToolUse', call);
    await waitFor(() => started().length === 2, { describe: 'the runner of the other one to start' });
    expect(started()).toEqual(['W1', 'W2']);
  });
});
