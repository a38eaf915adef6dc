import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { promptDigest } from '#core/claude/scheduledPrompts.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { COLD_HANDLERS } from '#hooks/coldHandlers.ts';
import { onPostToolUse } from '#hooks/handlers/postToolUse.ts';
import { onPreToolUse } from '#hooks/handlers/preToolUse.ts';
import { HookContext } from '#hooks/hookContext.ts';
import type { Handler, Outcome } from '#hooks/outcome.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

const HANDLERS: Record<HookEvent, Handler> = {
  ...COLD_HANDLERS,
  PreToolUse: onPreToolUse,
  PostToolUse: onPostToolUse,
  PostToolUseFailure: onPostToolUse,
  PostToolBatch: onPostToolUse,
};

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

/** What a handler decides at an event of a session with these events in its log. */
async function handle(
  event: HookEvent,
  fields: Partial<HookPayload> = {},
  log: NewEvent[] = [],
  env: Record<string, string> = {},
): Promise<Outcome> {
  publish(dir, T0, ...log);
  const environment = { home, env, now: () => T0, timeoutSeconds: 60 };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const payload: HookPayload = { session_id: 's1', hook_event_name: event, cwd: home, ...fields };
  return HANDLERS[event](
    new HookContext(payload, environment, session, true),
    session,
    () => import('#hooks/coldHandlers.ts'),
  );
}

/** The types of the log's events after these that every session of this file begins with. */
const logged = (): string[] =>
  readFileSync(sessionPaths(dir).log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as NewEvent).t)
    .slice(2);

const call = { tool_name: 'Bash', tool_input: { command: 'npm test' } };
const block = (event: HookEvent, message: string): NewEvent => ({ t: 'hook', worker: 'W1', event, exit: 2, message });
const abort: NewEvent = { t: 'abort', by: 'user' };
const ask = (summary: string): NewEvent => ({ t: 'ask', ask: 'a1', tool: 'Bash', summary });

describe('PreToolUse', () => {
  test('a blocked call is refused by its block, and nothing else is decided', async () => {
    const outcome = await handle('PreToolUse', call, [block('PreToolUse', 'not now')]);
    expect(outcome.refusedBy?.map(({ id, text }) => [id, text])).toEqual([['B1', 'not now']]);
    expect(Object.keys(outcome)).toEqual(['refusedBy']);
  });

  test('the command that a refusal names passes, and takes no notes along', async () => {
    const command = `${homePaths(home).cli} wait clear:B1`;
    const log = [block('PreToolUse', 'not now')];
    const outcome = await handle('PreToolUse', { ...call, tool_input: { command } }, log);
    expect(outcome).toEqual({ answer: { allow: true }, keepNotes: true });
  });

  test('a watched call is in the log before its answer', async () => {
    const outcome = await handle('PreToolUse', call, [{ t: 'watch', worker: 'W1', tool: 'Bash' }]);
    expect(outcome).toEqual({ refusedBy: [] });
    expect(logged()).toEqual(['watch', 'tool']);
  });
});

describe('PostToolUse', () => {
  test('the call has run, so its permission was given', async () => {
    const { events } = await handle('PostToolUse', call, [ask('npm test')]);
    expect(events).toEqual([{ t: 'answer', ask: 'a1', decision: 'allow', by: 'user' }]);
  });

  test('a dialog that only a notification reported is over', async () => {
    const outcome = await handle('PostToolUse', call, [{ t: 'turn', state: 'waiting' }]);
    expect(outcome).toEqual({ events: [{ t: 'turn', state: 'working' }] });
  });

  test('a file that a shell wrote past a lock is reported', async () => {
    const path = join(home, 'a.txt');
    const log: NewEvent[] = [
      { t: 'spawn', worker: 'W1' },
      { t: 'acquire', worker: 'W1', resource: `file:${path}` },
    ];
    const { events } = await handle('PostToolUse', { ...call, tool_input: { command: `echo 1 > ${path}` } }, log);
    expect(events).toMatchObject([
      { t: 'log', level: 'warn', message: expect.stringContaining('in a shell although W1') },
    ]);
  });

  test('in an aborted session the turn ends after the batch, not after the call', async () => {
    expect(await handle('PostToolUse', call, [abort])).toEqual({ events: [], keepNotes: true });
    const { events, answer, keepNotes } = await handle('PostToolBatch');
    expect(events).toEqual([{ t: 'turn', state: 'idle', reason: 'aborted by user' }]);
    expect(answer?.end).toContain('aborted by user');
    expect(keepNotes).toBe(true);
  });
});

describe('an agent that the person has stopped', () => {
  const log: NewEvent[] = [
    { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' },
    { t: 'abort', worker: 'a1', by: 'user', word: 'not that' },
  ];
  const exit = { t: 'exit', worker: 'a1', code: null, reason: 'aborted by user: not that' };
  const own = { ...call, agent_id: 'a1' };

  test('is refused its next call, ends with that, and its end is recorded', async () => {
    const outcome = await handle('PreToolUse', own, log);
    expect(outcome).toMatchObject({ events: [exit], refusedBy: [{ id: 'B1' }] });
    expect(outcome.answer?.end).toBe('Fermata: this agent was stopped by the person: not that');
    expect(outcome.answer?.block).toContain('stopped by the person: not that');
    expect((await handle('PreToolUse', { ...call, agent_id: 'a2' })).refusedBy ?? []).toEqual([]);
    expect((await handle('PreToolUse', call)).refusedBy ?? []).toEqual([]);
  });

  test('is refused a second call of the same message, whose refusal records no second end', async () => {
    const outcome = await handle('PreToolUse', own, [...log, exit as NewEvent]);
    expect(outcome).toMatchObject({ events: [], refusedBy: [{ id: 'B1' }], answer: { end: expect.any(String) } });
  });

  test('ends after its calls where it was stopped meanwhile, or where the version ends it only then', async () => {
    const batch = { agent_id: 'a1' };
    expect(await handle('PostToolUse', own, log)).toEqual({ events: [], keepNotes: true });
    expect(await handle('PostToolBatch', batch)).toMatchObject({
      events: [exit, { t: 'done', worker: 'a1' }],
      answer: { end: expect.any(String) },
    });
    expect(await handle('PostToolBatch', { agent_id: 'a2' })).toEqual({ events: [] });
    expect(await handle('PostToolBatch', batch, [exit as NewEvent])).toMatchObject({
      events: [{ t: 'done', worker: 'a1' }],
      answer: { end: expect.any(String) },
    });
  });

  test('may end by itself, whatever else would keep it at work', async () => {
    const kept = { t: 'hook', worker: 'W1', event: 'SubagentStop', exit: 2, message: 'not yet' } as const;
    const outcome = await handle('SubagentStop', { agent_id: 'a1', agent_type: 'Explore' }, [...log, kept]);
    expect(outcome).toMatchObject({ keepNotes: true, turnEnd: [{ t: 'done', worker: 'a1' }] });
    expect(outcome.refusedBy).toBeUndefined();
  });
});

describe('Stop', () => {
  test('the turn ends, unless notes keep Claude at work', async () => {
    expect(await handle('Stop')).toMatchObject({ events: [], turnEnd: [{ t: 'turn', state: 'idle' }] });
  });

  test('a block refuses its end three times, then the person is told', async () => {
    const denied: NewEvent = { t: 'denied', block: 'B1', tool: 'Stop' };
    const first = await handle('Stop', {}, [block('Stop', 'tests fail')]);
    expect(first.refusedBy?.map(({ id }) => id)).toEqual(['B1']);
    const { refusedBy, events } = await handle('Stop', {}, [denied, denied, denied]);
    expect(refusedBy).toBeUndefined();
    expect(events).toMatchObject([{ t: 'log', level: 'escalate', worker: 'W1' }]);
  });

  test('a turn that no hook has told of, as by a message of a teammate, is one of its own', async () => {
    const first: NewEvent[] = [
      { t: 'turn', state: 'working' },
      { t: 'turn', state: 'idle' },
    ];
    await handle('Stop', { stop_hook_active: false }, first);
    expect(logged()).toEqual(['turn', 'turn', 'turn']);
    // its end was refused by a hook of the person
    await handle('Stop', { stop_hook_active: true }, [{ t: 'turn', state: 'idle' }]);
    expect(logged()).toEqual(['turn', 'turn', 'turn', 'turn']);
  });

  test('subagents that Claude Code no longer lists are lost before anything is decided', async () => {
    const transcript_path = join(home, 's1.jsonl');
    mkdirSync(join(home, 's1', 'subagents'), { recursive: true });
    writeFileSync(join(home, 's1', 'subagents', 'agent-a1.meta.json'), '{"agentType":"Explore"}');
    await handle('Stop', { background_tasks: [], transcript_path }, [
      { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' },
    ]);
    expect(logged()).toEqual(['spawn', 'exit']);
  });

  test('of Claude Code’s own summariser nothing is recorded', async () => {
    expect(await handle('SubagentStop', { agent_id: 'a1', agent_type: '' })).toEqual({ keepNotes: true });
  });

  test('a subagent’s end is the end of its task', async () => {
    const fields = { agent_id: 'a1', agent_type: 'general-purpose', last_assistant_message: 'found it' };
    const { turnEnd } = await handle('SubagentStop', fields);
    expect(turnEnd).toEqual([{ t: 'done', worker: 'a1', result: 'found it' }]);
  });

  test('an error of the API ends the turn, and the person is told', async () => {
    const { events } = await handle('StopFailure', { error: 'overloaded' });
    expect(events?.map(({ t, reason, level }) => [t, reason ?? level])).toEqual([
      ['turn', 'overloaded'],
      ['log', 'escalate'],
    ]);
  });
});

describe('a session', () => {
  test('starts with the environment of Claude’s shell, and with an introduction where the person wants one', async () => {
    const file = join(home, 'env');
    expect(await handle('SessionStart', { source: 'startup' }, [], { CLAUDE_ENV_FILE: file })).toEqual({});
    expect(readFileSync(file, 'utf8')).toContain(`export FERMATA_HOME=${home}`);
    writeFileSync(homePaths(home).settings, '{"teach": true}');
    const { answer } = await handle('SessionStart', { source: 'startup' });
    expect(answer?.context).toMatch(/^Fermata runs workers/);
  });

  test('ends with the requests and subagents that are open in it', async () => {
    const log: NewEvent[] = [ask('npm test'), { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' }];
    const { events } = await handle('SessionEnd', { reason: 'exit' }, log);
    expect(events?.map(({ t }) => t)).toEqual(['answer', 'exit', 'end']);
  });

  test('of a worker leaves the one that it joined, and is reported by its runner', async () => {
    const env = { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: dir };
    expect(await handle('SessionEnd', { session_id: 's2' }, [], env)).toEqual({ keepNotes: true });
    expect(logged()).toEqual([]);
  });
});

describe('UserPromptSubmit', () => {
  test('a prompt typed while Claude is busy belongs to the turn, and nothing of that is given up', async () => {
    const open: NewEvent[] = [{ t: 'turn', state: 'working' }, { t: 'prompt', turn: 'p1' }, ask('npm test')];
    await handle('UserPromptSubmit', { prompt: 'and lint it', prompt_id: 'p1' }, open);
    expect(logged()).toEqual(['turn', 'prompt', 'ask', 'prompt']);
    await handle('UserPromptSubmit', { prompt: 'another thing', prompt_id: 'p2' });
    expect(logged().slice(4)).toEqual(['answer', 'turn', 'prompt']);
  });

  test('after the end of its turn the same id begins one again', async () => {
    const log: NewEvent[] = [
      { t: 'prompt', turn: 'p1' },
      { t: 'turn', state: 'idle' },
    ];
    await handle('UserPromptSubmit', { prompt: 'go on', prompt_id: 'p1' }, log);
    expect(logged()).toEqual(['prompt', 'turn', 'turn', 'prompt']);
  });

  test('what Claude Code has listed to come by the clock is none of the person', async () => {
    const session_crons = [{ id: '1', schedule: '* * * * *', prompt: '/loop look again' }, { id: '2' }, 7];
    const { turnEnd = [] } = await handle('Stop', { session_crons });
    expect(turnEnd).toEqual([{ t: 'turn', state: 'idle', scheduled: promptDigest('/loop look again') }]);
    const last = (): unknown => JSON.parse(readFileSync(sessionPaths(dir).log, 'utf8').trim().split('\n').at(-1) ?? '');
    await handle('UserPromptSubmit', { prompt: '/loop look again' }, turnEnd);
    expect(last()).toMatchObject({ t: 'prompt', from: 'schedule' });
    await handle('UserPromptSubmit', { prompt: '/loop look at it' });
    expect(last()).not.toHaveProperty('from');
    // said again only where it is another list
    expect((await handle('Stop', { session_crons })).turnEnd).toEqual([{ t: 'turn', state: 'idle' }]);
    const { turnEnd: over = [] } = await handle('Stop', { session_crons: [] });
    await handle('UserPromptSubmit', { prompt: '/loop look again' }, over);
    expect(last()).not.toHaveProperty('from');
  });

  test('what no person typed is named in the log', async () => {
    await handle('UserPromptSubmit', { prompt: '<teammate-message teammate_id="rev">merge</teammate-message>' });
    const last = readFileSync(sessionPaths(dir).log, 'utf8').trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ t: 'prompt', from: 'teammate' });
  });

  test('a turn begins; without rules nothing else happens', async () => {
    const outcome = await handle('UserPromptSubmit', { prompt: 'hello' }, [ask('npm test')]);
    expect(outcome).toEqual({ answer: {}, keepNotes: true });
    expect(logged()).toEqual(['ask', 'answer', 'turn', 'prompt']);
  });

  test('a prompt is refused once, and no turn begins', async () => {
    const { answer } = await handle('UserPromptSubmit', { prompt: 'hello' }, [block('UserPromptSubmit', 'wait')]);
    expect(answer?.block).toContain('wait');
    expect(logged()).toEqual(['hook', 'claim']);
  });

  test('in an aborted session no turn begins by itself', async () => {
    const prompt = '<task-notification>done</task-notification>';
    const { answer } = await handle('UserPromptSubmit', { prompt }, [abort]);
    expect(answer?.block).toContain('aborted by user');
  });
});

describe('PermissionRequest', () => {
  test('the request is recorded as exactly as the person is asked', async () => {
    const { events } = await handle('PermissionRequest', call);
    expect(events).toMatchObject([{ t: 'ask', tool: 'Bash', summary: 'npm test' }]);
  });

  test('a worker’s block denies it, but does not answer a question', async () => {
    const { refusedBy } = await handle('PermissionRequest', call, [block('PermissionRequest', 'no')]);
    expect(refusedBy?.map(({ id }) => id)).toEqual(['B1']);
    const question = await handle('PermissionRequest', { tool_name: 'AskUserQuestion', tool_input: {} });
    expect(question.refusedBy).toBeUndefined();
  });

  test('with the setting off only the waiting is recorded', async () => {
    writeFileSync(homePaths(home).settings, '{"permissions": "off"}');
    expect(await handle('PermissionRequest', call)).toEqual({ events: [{ t: 'turn', state: 'waiting' }] });
  });
});

describe('other events', () => {
  test('Notification: Claude waits for the person, resumes, or has been idle for a while', async () => {
    const notified = async (notification_type: string, ...log: NewEvent[]) =>
      (await handle('Notification', { notification_type }, log)).events;
    expect(await notified('permission_prompt')).toEqual([{ t: 'turn', state: 'waiting', reason: 'permission_prompt' }]);
    const working: NewEvent = { t: 'turn', state: 'working' };
    expect(await notified('idle_prompt', working)).toEqual([{ t: 'turn', state: 'idle' }]);
    expect(await notified('elicitation_complete', { t: 'turn', state: 'waiting' })).toEqual([working]);
    expect(await notified('auth_success')).toBeUndefined();
  });

  test('SubagentStart: a worker under the session', async () => {
    const { events } = await handle('SubagentStart', { agent_id: 'a1', agent_type: 'Explore' });
    expect(events).toMatchObject([
      { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor', command: 'Explore' },
    ]);
    expect(await handle('SubagentStart', { agent_id: 'a1', agent_type: '' })).toEqual({});
  });

  test.each(['TaskCreated', 'TaskCompleted', 'TeammateIdle', 'PreCompact'] as const)(
    '%s is refused while a block stands',
    async (event) => {
      const { refusedBy } = await handle(event, { task_subject: 'ship it' }, [block(event, 'not yet')]);
      expect(refusedBy?.map(({ text }) => text)).toEqual(['not yet']);
    },
  );
});
