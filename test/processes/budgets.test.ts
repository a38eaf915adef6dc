import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { TranscriptTail } from '#core/claude/transcript/transcriptTail.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: HookStage;
let transcript: string;
beforeEach(() => {
  stage = new HookStage();
  transcript = join(stage.root, 's.jsonl');
});

const agentFile = (agent: string): string => join(stage.root, 's', 'subagents', `agent-${agent}.jsonl`);

const use = (id: string) => ({ type: 'tool_use', id, name: 'Bash', input: { command: 'ls' } });

let messages = 0;
/** A message of the model in a transcript, as Claude Code writes it. */
function spend(
  path: string,
  input: number,
  more: { output?: number; cached?: number; id?: string; call?: string } = {},
): void {
  const { output = 0, cached = 0, id = `msg_${++messages}`, call: made } = more;
  const usage = {
    input_tokens: 0,
    cache_creation_input_tokens: input,
    cache_read_input_tokens: cached,
    output_tokens: output,
  };
  const message = {
    id,
    role: 'assistant',
    model: 'm',
    content: [made === undefined ? { type: 'text', text: 'x' } : use(made)],
    usage,
  };
  const line = { type: 'assistant', timestamp: new Date().toISOString(), message, uuid: `u${messages}` };
  mkdirSync(join(path, '..'), { recursive: true });
  appendFileSync(path, `${JSON.stringify(line)}\n`);
}

const begin = async (settings: Record<string, unknown>): Promise<void> => {
  stage.settings({ 'hold.seconds': 0, ...settings });
  writeFileSync(transcript, '');
  await stage.start({ transcript_path: transcript });
  await stage.answer('UserPromptSubmit', { prompt: 'go', transcript_path: transcript });
};

let calls = 0;
/**
 * The reason for which a call is refused; undefined where it may run.
 * @param write puts the message that makes the call into the transcript; by default it has spent nothing
 */
async function call(
  agent_id?: string,
  write = (path: string, id: string): void => spend(path, 0, { call: id }),
): Promise<string | undefined> {
  const by = agent_id === undefined ? {} : { agent_id, agent_type: 'Explore' };
  const id = `toolu_${++calls}`;
  const path = agent_id === undefined ? transcript : agentFile(agent_id);
  if (existsSync(path)) write(path, id);
  const payload = { tool_name: 'Bash', tool_use_id: id, tool_input: { command: 'ls' } };
  const { hookSpecificOutput: output } = (await stage.answer('PreToolUse', {
    ...payload,
    ...by,
    transcript_path: transcript,
  })) as { hookSpecificOutput?: { permissionDecision?: string; permissionDecisionReason?: string } };
  return output?.permissionDecision === 'deny' ? output.permissionDecisionReason : undefined;
}

const begun = (agent_id: string): Promise<unknown> =>
  stage.answer('SubagentStart', { agent_id, agent_type: 'Explore', transcript_path: transcript });
const [A1, A2] = ['a0000000000000001', 'a0000000000000002'];

test('a session with its agents is held before its next call once its tokens are spent, and goes on by a new sum', async () => {
  await begin({ 'budget.session': '10k' });
  await begun(A1);
  spend(transcript, 4000, { output: 500, cached: 90_000 });
  spend(agentFile(A1), 5000);
  expect(await call()).toBeUndefined();
  spend(agentFile(A1), 1000);
  const reason = await call();
  expect(reason).toContain('10.5k of 10k tokens (from the transcripts');
  expect(reason).toContain('fermata.budget.session');
  expect(await call(A1)).toContain('10.5k of 10k tokens');
  stage.publish({ t: 'unblock', block: 'B1', by: 'user', budget: '20k' });
  expect(await call()).toBeUndefined();
  spend(transcript, 20_000);
  expect(await call(A1)).toContain('of 20k tokens');
  expect(stage.errorLog).toBe('');
});

test('of agents only the one that has spent its own is held', async () => {
  await begin({ 'budget.agent': '5k' });
  for (const agent of [A1, A2]) await begun(agent);
  spend(transcript, 50_000);
  spend(agentFile(A1), 6000);
  spend(agentFile(A2), 4000);
  const [own, other, main] = await Promise.all([call(A1), call(A2), call()]);
  expect(own).toContain('6k of 5k tokens (from its transcript');
  expect([other, main]).toEqual([undefined, undefined]);
});

test('what is counted is what the panel counts, however it is read: in pieces, with lines that repeat a message, cut off and damaged', async () => {
  await begin({ 'budget.session': '1M' });
  const counted = (): number => {
    const { input, output } = stage.state.conductor.tokens ?? { input: 0, output: 0 };
    return input + output;
  };
  const panel = (): number => {
    const tail = new TranscriptTail(transcript);
    tail.read(() => true);
    const { input, output } = tail.state.tokens;
    return input + output;
  };
  spend(transcript, 30_000, { output: 1, id: 'm1' });
  await call();
  spend(transcript, 30_000, { output: 20_000, id: 'm1', cached: 7 });
  appendFileSync(transcript, 'no JSON with "usage" of an "assistant"\n');
  await call();
  expect(counted()).toBe(panel());
  expect(panel()).toBe(50_000);
  const cut = '{"type":"assistant","message":{"id":"m9","role":"assistant","content":[],"usage":{"output_tokens":';
  appendFileSync(transcript, cut);
  await call(undefined, () => {});
  appendFileSync(transcript, '40000}}}\n');
  await call();
  expect(panel()).toBe(90_000);
  expect(counted()).toBe(90_000);
  // another file in its place counts from its beginning
  writeFileSync(transcript, '');
  spend(transcript, 11_000);
  await call();
  expect(counted()).toBe(11_000);
});

test('the message that makes a call counts for it, though Claude Code writes it after the hook has begun', async () => {
  await begin({ 'budget.session': '10k' });
  spend(transcript, 4000);
  expect(await call()).toBeUndefined();
  const late = (path: string, id: string): void => void setTimeout(() => spend(path, 7000, { call: id }), 300);
  expect(await call(undefined, late)).toContain('11k of 10k tokens');
});

test('where it is never written, or no message shows its calls, what is known counts', async () => {
  await begin({ 'budget.session': '10k' });
  const never = (): void => {};
  spend(transcript, 4000);
  expect(await call(undefined, never)).toBeUndefined();
  for (let i = 0; i < 10; i++) spend(transcript, 1000);
  expect(await call(undefined, never)).toContain('14k of 10k tokens');
});

test('without a budget no transcript is read, and nothing is written or armed', async () => {
  await begin({});
  spend(transcript, 5000);
  const { length } = stage.events;
  expect(await call()).toBeUndefined();
  expect(stage.events).toHaveLength(length);
  expect(existsSync(join(stage.dir, 'spent'))).toBe(false);
  expect(existsSync(join(stage.dir, 'armed', 'PreToolUse'))).toBe(false);
});

test('a line is written only for what matters: a step of the sum, or one that crosses it', async () => {
  await begin({ 'budget.session': '100k' });
  const written = (): number => stage.events.filter(({ t }) => t === 'usage').length;
  spend(transcript, 50_000);
  await call();
  spend(transcript, 10);
  await call();
  expect(written()).toBe(1);
  spend(transcript, 49_990);
  expect(await call()).toContain('100k of 100k');
  expect(written()).toBe(2);
});

test('a command sets one for each agent, with clear words for what is none, and Claude allows itself no other sum', async () => {
  await begin({});
  await begun(A1);
  const cli = (...args: string[]): { code: number | null; stdout: string; stderr: string } => {
    const env = { PATH: process.env['PATH'], HOME: stage.root, FERMATA_HOME: stage.home };
    const options = { env, cwd: stage.project, encoding: 'utf8' } as const;
    const ran = spawnSync(process.execPath, [cliProgram, ...args, '--session', stage.session], options);
    return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
  };
  expect(cli('block', '--budget', '2000')).toMatchObject({ code: 2, stderr: expect.stringContaining('500k or 2M') });
  expect(cli('wait', 'budget:2M')).toMatchObject({ code: 2, stderr: expect.stringContaining('only a block') });
  const set = cli('block', '--budget', '5k', '--agent', '*');
  expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('calls wait once its limit is reached') });
  spend(agentFile(A1), 6000);
  expect(await call(A1)).toContain('6k of 5k tokens');
  // the session's Claude is the parent of this program, and may not allow itself more
  const raised = cli('release-block', 'B1', '--budget', '9k', '--agent', A1);
  expect(raised).toMatchObject({ code: 1, stderr: expect.stringContaining('only a person may release') });
  expect(await call(A1)).toContain('6k of 5k tokens');
  stage.publish({ t: 'unblock', block: 'B1', by: 'user', budget: '9k', agent: A1 });
  expect(await call(A1)).toBeUndefined();
  // a run by one of its workers; and what names none is refused with what to do
  expect(cli('block', '--budget', '5k', '--run', 'W7')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no run "W7"'),
  });
  expect(cli('block', 'x', '--run', 'R1')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('goes with --budget'),
  });
  stage.publish({ t: 'plan', run: 'R1', sha256: 'x', rule: 'review', workers: [{ worker: 'W1', task: 'look' }] });
  for (const named of ['R1', 'review', 'W1', 'look'])
    expect(cli('block', '--budget', '5k', '--run', named, '--key', named)).toMatchObject({ code: 0 });
  const runs = [...stage.state.blocks.values()].filter(({ match }) => match?.run !== undefined);
  expect(runs.map(({ match }) => match)).toEqual(Array.from({ length: 4 }, () => ({ run: 'R1' })));
});
