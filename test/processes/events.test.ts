import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { HookEvent } from '#protocol/hookEvents.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: HookStage;
beforeEach(async () => {
  stage = new HookStage();
  await stage.start();
});

const context = (answer: Record<string, unknown>): unknown =>
  (answer['hookSpecificOutput'] as { additionalContext?: unknown } | undefined)?.additionalContext;
const bash = (command: string) => ({ tool_name: 'Bash', tool_input: { command, description: 'd' } });
const after = { tool_name: 'Read', tool_input: {}, tool_response: {} };
const armed = (event: HookEvent): boolean => existsSync(join(stage.dir, 'armed', event));

/** What is in a payload of each event besides the common fields, and how a block is answered there. */
const BLOCKED: [HookEvent, object, (reason: unknown) => object][] = [
  [
    'PreToolUse',
    bash('make'),
    (reason) => ({ hookSpecificOutput: { permissionDecision: 'deny', permissionDecisionReason: reason } }),
  ],
  [
    'PermissionRequest',
    bash('make'),
    (message) => ({ hookSpecificOutput: { decision: { behavior: 'deny', message } } }),
  ],
  [
    'Stop',
    { stop_hook_active: false, background_tasks: [] },
    (additionalContext) => ({ hookSpecificOutput: { additionalContext } }),
  ],
  [
    'SubagentStop',
    { agent_id: 'a1', agent_type: 'Explore' },
    (additionalContext) => ({ hookSpecificOutput: { additionalContext } }),
  ],
  ['TaskCreated', { task_id: '1', task_subject: 'tests' }, (reason) => ({ decision: 'block', reason })],
  ['TaskCompleted', { task_id: '1', task_subject: 'tests' }, (reason) => ({ decision: 'block', reason })],
  ['TeammateIdle', { teammate_name: 'a mate', team_name: 't' }, (reason) => ({ decision: 'block', reason })],
  ['PreCompact', { trigger: 'manual', custom_instructions: '' }, (reason) => ({ decision: 'block', reason })],
];

describe('a worker that blocks', () => {
  test.each(BLOCKED)('at %s: the reason in that event’s own form, until it clears it', async (event, more, form) => {
    stage.publish({ t: 'hook', worker: 'W1', event, exit: 2, stderr: 'no such file yet' });
    const answer = await stage.answer(event, more);
    expect(answer).toMatchObject(form(expect.stringMatching(/^no such file yet\n\[Fermata B1/)));
    if ('hookSpecificOutput' in answer) expect(answer['hookSpecificOutput']).toMatchObject({ hookEventName: event });
    stage.publish({ t: 'unblock', block: 'B1', by: 'W1' });
    expect(await stage.answer(event, more)).toEqual({});
  });

  test.each(BLOCKED)('at %s with plain exit codes', async (event, more, form) => {
    stage.settings({ 'hold.seconds': 0, answer: 'exitCode' });
    stage.publish({ t: 'hook', worker: 'W1', event, exit: 2, stderr: 'not yet' });
    const ran = await stage.fire(event, more);
    const reason = expect.stringMatching(/^not yet\n\[Fermata B1/);
    // exit code 2 decides nothing about a permission
    if (event === 'PermissionRequest') expect(JSON.parse(ran.stdout)).toMatchObject(form(reason));
    else expect(ran).toEqual({ code: 2, stdout: '', stderr: reason });
  });

  test.each(['Stop', 'SubagentStop', 'TaskCompleted', 'TeammateIdle'] as const)(
    'at %s a text that would be taken for a missing script is answered by JSON in either style',
    async (event) => {
      stage.settings({ 'hold.seconds': 0, answer: 'exitCode' });
      stage.publish({ t: 'hook', worker: 'W1', event, exit: 2, stderr: 'data.csv: No such file' });
      const more = { agent_id: event === 'SubagentStop' ? 'a1' : undefined, teammate_name: undefined };
      expect(await stage.answer(event, more)).toMatchObject({ decision: 'block' });
    },
  );

  test.each(['StopFailure', 'Notification', 'SessionEnd'] as const)(
    'at %s nothing can be blocked: it is told with the next call',
    async (event) => {
      stage.publish({ t: 'hook', worker: 'W1', event, exit: 2, stderr: 'the news' });
      expect(stage.state.blocks.size).toBe(0);
      expect(await stage.answer(event)).toEqual({});
      expect(context(await stage.answer('PostToolUse', after))).toBe('Fermata, from W1: the news');
    },
  );

  test('a question or a plan is the person’s to answer, whatever a worker blocks', async () => {
    stage.publish({ t: 'hook', worker: 'W1', event: 'PermissionRequest', exit: 2, stderr: 'no' });
    for (const tool_name of ['AskUserQuestion', 'ExitPlanMode'])
      expect(await stage.answer('PermissionRequest', { tool_name, tool_input: {} })).toEqual({});
  });
});

describe('a worker that informs', () => {
  const more: Partial<Record<HookEvent, object>> = {
    SubagentStart: { agent_id: 'a1', agent_type: 'Explore' },
    SubagentStop: { agent_id: 'a1', agent_type: 'Explore' },
    UserPromptSubmit: { prompt: 'go' },
    PreToolUse: bash('make'),
    PostToolUse: after,
    PostToolUseFailure: after,
  };
  const inform = (event: HookEvent) => stage.publish({ t: 'hook', worker: 'W1', event, exit: 0, message: 'the news' });

  test.each([
    'SessionStart',
    'UserPromptSubmit',
    'PreToolUse',
    'PostToolUse',
    'PostToolUseFailure',
    'PostToolBatch',
    'Stop',
    'SubagentStart',
    'SubagentStop',
  ] as const)('at %s: as context, once', async (event) => {
    inform(event);
    expect(await stage.answer(event, more[event])).toEqual({
      hookSpecificOutput: { hookEventName: event, additionalContext: 'Fermata, from W1: the news' },
    });
    expect(context(await stage.answer(event, more[event]))).toBeUndefined();
  });

  test.each([
    'StopFailure',
    'Notification',
    'PermissionRequest',
    'TaskCreated',
    'TaskCompleted',
    'TeammateIdle',
  ] as const)('at %s, which has no place for it: with the call after that, not before', async (event) => {
    inform(event);
    expect(await stage.answer('PostToolUse', after)).toEqual({});
    expect(await stage.answer(event, event === 'PermissionRequest' ? bash('x') : {})).toEqual({});
    expect(context(await stage.answer('PostToolUse', after))).toBe('Fermata, from W1: the news');
    expect(await stage.answer('PostToolUse', after)).toEqual({});
  });

  test('at PreCompact: plainly, which is how the summary’s instructions grow', async () => {
    inform('PreCompact');
    expect(await stage.fire('PreCompact', { trigger: 'auto' })).toEqual({
      code: 0,
      stdout: 'Fermata, from W1: the news\n',
      stderr: '',
    });
  });

  test('a warning is for the person alone, at any event', async () => {
    stage.publish({ t: 'hook', worker: 'W1', event: 'TaskCompleted', exit: 1, stderr: 'slow' });
    expect(await stage.answer('TaskCompleted')).toEqual({ systemMessage: 'Fermata, from W1: slow' });
  });
});

describe('what Claude does', () => {
  const conductor = () => stage.state.conductor;
  const prompt = () => stage.fire('UserPromptSubmit', { prompt: 'go' });

  test('waits for a permission: what exactly is asked, until the call has run', async () => {
    await prompt();
    await stage.fire('PermissionRequest', bash('npm publish --access public'));
    expect([...stage.state.asks.values()]).toMatchObject([{ tool: 'Bash', summary: 'npm publish --access public' }]);
    expect(conductor()).toMatchObject({
      state: 'waiting',
      reason: 'for your permission: Bash npm publish --access public',
    });
    expect(armed('PostToolUse')).toBe(true);
    await stage.fire('PostToolUse', { ...bash('npm test'), tool_response: {} });
    expect(conductor().state).toBe('waiting');
    await stage.fire('PostToolUse', { ...bash('npm publish --access public'), tool_response: {} });
    expect(stage.state.asks.size).toBe(0);
    expect(conductor()).toMatchObject({ state: 'working' });
    expect(armed('PostToolUse')).toBe(false);
  });

  test('a request that was denied is over with its batch, one that was left with the next prompt', async () => {
    await prompt();
    await stage.fire('PermissionRequest', bash('rm -rf build'));
    await stage.fire('PostToolBatch', { tool_calls: [] });
    expect(conductor().state).toBe('working');
    await stage.fire('PermissionRequest', bash('rm -rf dist'));
    await prompt();
    expect(stage.state.asks.size).toBe(0);
    expect(conductor()).toMatchObject({ state: 'working', turn: 2 });
  });

  test('waits for an answer', async () => {
    await prompt();
    const questions = [{ question: 'Which database?', options: [] }];
    await stage.fire('PermissionRequest', { tool_name: 'AskUserQuestion', tool_input: { questions } });
    expect(conductor()).toMatchObject({ state: 'waiting', reason: 'for your answer: Which database?' });
  });

  test('a background subagent’s request: who asks, and Claude is as idle as before', async () => {
    await prompt();
    await stage.fire('SubagentStart', { agent_id: 'a1', agent_type: 'Explore' });
    const background_tasks = [{ id: 'a1', type: 'subagent', status: 'running', description: 'look around' }];
    await stage.fire('Stop', { background_tasks });
    await stage.fire('PermissionRequest', { ...bash('curl x'), agent_id: 'a1', agent_type: 'Explore' });
    expect(conductor().state).toBe('waiting');
    expect([...stage.state.asks.values()]).toMatchObject([{ worker: 'a1' }]);
    await stage.fire('PostToolUse', { ...bash('curl x'), tool_response: {}, agent_id: 'a1', agent_type: 'Explore' });
    expect(conductor().state).toBe('idle');
  });

  test('notifications: a dialog that no other hook told of, and a turn that was interrupted', async () => {
    await prompt();
    await stage.fire('Notification', { notification_type: 'elicitation_dialog', message: 'github asks for a token' });
    expect(conductor()).toMatchObject({ state: 'waiting', reason: 'github asks for a token' });
    await stage.fire('PostToolUse', after);
    expect(conductor().state).toBe('working');
    await stage.fire('PermissionRequest', bash('x'));
    await stage.fire('Notification', {
      notification_type: 'permission_prompt',
      message: 'Claude needs your permission',
    });
    expect(conductor()).toMatchObject({ state: 'waiting', reason: 'for your permission: Bash x' });
    await stage.fire('Notification', { notification_type: 'idle_prompt', message: 'Claude is waiting for your input' });
    expect(conductor()).toMatchObject({ state: 'idle' });
    expect(stage.state.asks.size).toBe(0);
  });

  test('a turn that ended with an error of the API: idle, and the person is told why', async () => {
    await prompt();
    await stage.fire('StopFailure', { error: 'unknown', last_assistant_message: 'API Error: 529 overloaded' });
    expect(conductor()).toMatchObject({ state: 'idle', reason: 'API Error: 529 overloaded' });
    expect(stage.state.notices).toMatchObject([
      { kind: 'escalation', text: "Claude's turn ended with an error: API Error: 529 overloaded" },
    ]);
  });
});

describe('subagents', () => {
  const agent = { agent_id: 'a1', agent_type: 'Explore' };
  const worker = (id = 'a1') => stage.state.workers.get(id);

  test('are workers under Claude, with what they are for as soon as that can be read', async () => {
    const transcript = join(stage.root, 't.jsonl');
    await stage.fire('SubagentStart', { ...agent, transcript_path: transcript });
    expect(worker()).toMatchObject({ state: 'running', kind: 'subagent', parent: 'conductor' });
    mkdirSync(join(stage.root, 't/subagents'), { recursive: true });
    const meta = { agentType: 'Explore', description: 'find the tests', toolUseId: 't1' };
    writeFileSync(join(stage.root, 't/subagents/agent-a1.meta.json'), JSON.stringify(meta));
    await stage.fire('Notification', { notification_type: 'x', transcript_path: transcript });
    expect(worker()).toMatchObject({ state: 'running', task: 'find the tests' });
    await stage.fire('SubagentStop', { ...agent, last_assistant_message: 'there are 40' });
    expect(worker()).toMatchObject({ state: 'done', lastMessage: 'there are 40', task: 'find the tests' });
    await stage.fire('SubagentStart', { ...agent, transcript_path: transcript });
    expect(worker()).toMatchObject({ state: 'running', task: 'find the tests' });
  });

  test('one without a type is Claude Code’s own helper', async () => {
    await stage.fire('SubagentStart', { agent_id: 'a9', agent_type: '' });
    await stage.fire('SubagentStop', { agent_id: 'a9', agent_type: '' });
    expect(stage.state.workers.size).toBe(0);
  });

  test('one that Claude Code no longer lists is lost, not a ghost; one that it lists and nobody knew is there', async () => {
    const transcript_path = join(stage.root, 't.jsonl');
    mkdirSync(join(stage.root, 't/subagents'), { recursive: true });
    writeFileSync(join(stage.root, 't/subagents/agent-a1.meta.json'), '{"agentType":"Explore","spawnDepth":1}');
    await stage.fire('SubagentStart', agent);
    const background_tasks = [
      { id: 'a2', type: 'subagent', status: 'running', description: 'the background errand' },
      { id: 'sh', type: 'shell', status: 'running', description: 'npm run dev' },
    ];
    await stage.fire('Stop', { background_tasks, transcript_path });
    expect(worker()).toMatchObject({ state: 'lost', problem: expect.stringContaining('no longer lists it') });
    expect(worker('a2')).toMatchObject({ state: 'running', task: 'the background errand' });
    expect(worker('sh')).toMatchObject({ state: 'running', kind: 'shell', task: 'npm run dev' });
    await stage.fire('SessionEnd', { reason: 'prompt_input_exit' });
    expect(worker('a2')).toMatchObject({ state: 'lost', problem: 'the session ended' });
  });

  test('one of which nothing was written down has its name from Claude Code’s list, and is not begun again by it', async () => {
    await stage.fire('SubagentStart', agent);
    const listed = (status: string) => ({
      background_tasks: [{ id: 'a1', type: 'subagent', status, description: 'the background errand' }],
    });
    await stage.fire('Stop', listed('running'));
    expect(worker()).toMatchObject({ state: 'running', task: 'the background errand' });
    await stage.fire('SubagentStop', agent);
    await stage.fire('Stop', listed('running'));
    expect(worker()).toMatchObject({ state: 'done' });
  });

  test('an older Claude Code lists nothing: nobody is given up for that', async () => {
    await stage.fire('SubagentStart', agent);
    await stage.fire('Stop');
    expect(worker()).toMatchObject({ state: 'running' });
  });

  test('take nothing that is addressed to Claude, and what is addressed to them at their next hook', async () => {
    await stage.fire('SubagentStart', agent);
    stage.publish({ t: 'tell', to: 'conductor', text: 'for Claude', by: 'W1' });
    stage.publish({ t: 'tell', to: 'a1', text: 'for you', by: 'W1' });
    expect(context(await stage.answer('PostToolUse', { ...after, ...agent }))).toBe('Fermata, from W1: for you');
    expect(await stage.answer('PostToolUse', { ...after, ...agent })).toEqual({});
    expect(context(await stage.answer('PostToolUse', after))).toBe('Fermata, from W1: for Claude');
  });

  test('a word that comes after a subagent’s last call keeps it from ending, once', async () => {
    await stage.fire('SubagentStart', agent);
    stage.publish({ t: 'tell', to: 'a1', text: 'one more thing', by: 'user' });
    expect(context(await stage.answer('SubagentStop', agent))).toContain('one more thing');
    expect(worker()).toMatchObject({ state: 'running' });
    expect(await stage.answer('SubagentStop', agent)).toEqual({});
    expect(worker()).toMatchObject({ state: 'done' });
  });

  test('blocks bind them like everybody in the session', async () => {
    stage.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' });
    expect(await stage.answer('PreToolUse', { ...bash('make'), ...agent })).toMatchObject({
      hookSpecificOutput: { permissionDecision: 'deny' },
    });
  });

  test('cannot be aborted from outside, and are not said to be', async () => {
    await stage.fire('SubagentStart', agent);
    stage.publish({ t: 'abort', worker: 'a1', by: 'user' });
    expect(worker()).toMatchObject({ state: 'running' });
  });
});
