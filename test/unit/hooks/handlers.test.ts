import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { promptDigest } from '#core/claude/scheduledPrompts.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { publish } from '#core/session/publish.ts';
import { COLD_HANDLERS } from '#hooks/coldHandlers.ts';
import { onPostToolUse } from '#hooks/handlers/postToolUse.ts';
import { onPreToolUse } from '#hooks/handlers/preToolUse.ts';
import { HookContext } from '#hooks/hookContext.ts';
import type { ColdCode, Handler, Outcome } from '#hooks/outcome.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { writeRules } from '#test/lib/approvedRules.ts';
import { eventsOf } from '#test/lib/readSession.ts';
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
  loadCold: () => Promise<ColdCode> = () => import('#hooks/coldHandlers.ts'),
): Promise<Outcome> {
  if (log.length > 0) publish(dir, T0, ...log);
  const environment = { home, env, now: () => T0, timeoutSeconds: 60 };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const payload: HookPayload = { session_id: 's1', hook_event_name: event, cwd: home, ...fields };
  return HANDLERS[event](new HookContext(payload, environment, session, true), session, loadCold);
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

  test('where the rest of the program cannot be loaded, a call that could wait is refused at once', async () => {
    writeFileSync(homePaths(home).settings, '{"hold.seconds": 60}');
    const broken = (): Promise<ColdCode> => Promise.reject(new Error('no such file'));
    const { refusedBy } = await handle('PreToolUse', call, [block('PreToolUse', 'not now')], {}, broken);
    expect(refusedBy?.map(({ id }) => id)).toEqual(['B1']);
  });

  test('what a skill runs is refused as any call, and takes no notes along', async () => {
    const outcome = await handle('PreToolUse', { ...call, invoked_by: 'skill' }, [block('PreToolUse', 'not now')]);
    expect(outcome).toMatchObject({ refusedBy: [{ id: 'B1' }], keepNotes: true });
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

  describe('where a worker holds a file', () => {
    const holding = (): NewEvent[] => [
      { t: 'spawn', worker: 'W1' },
      { t: 'acquire', worker: 'W1', resource: `file:${join(home, 'a.txt')}` },
    ];
    const edit = (name: string): Partial<HookPayload> => ({
      tool_name: 'Edit',
      tool_input: { file_path: join(home, name) },
    });

    test('an edit of it is reported on a copy alone, to which the lock may have come too late', async () => {
      expect(await handle('PostToolUse', edit('a.txt'), holding())).toEqual({ events: [] });
      copyFileSync(sessionPaths(dir).log, sessionPaths(dir).copy);
      expect(await handle('PostToolUse', edit('b.txt'))).toEqual({ events: [] });
      const { events } = await handle('PostToolUse', edit('a.txt'));
      expect(events).toEqual([
        {
          t: 'log',
          level: 'warn',
          worker: 'conductor',
          message: 'Claude edited a.txt although W1 holds it (B1): the lock had not come to this machine yet',
        },
      ]);
    });

    test('a shell command is read only for that: one that writes elsewhere is not reported', async () => {
      const { events } = await handle('PostToolUse', { ...call, tool_input: { command: 'echo 1 > b.txt' } }, holding());
      expect(events).toEqual([]);
    });

    test('an edit, too, shows that its permission was given', async () => {
      const asked: NewEvent = { t: 'ask', ask: 'a1', tool: 'Edit', summary: join(home, 'b.txt') };
      const { events } = await handle('PostToolUse', edit('b.txt'), [...holding(), asked]);
      expect(events).toEqual([{ t: 'answer', ask: 'a1', decision: 'allow', by: 'user' }]);
    });
  });

  test('in an aborted session the turn of a subagent is not the one that ends', async () => {
    const { events, answer } = await handle('PostToolBatch', { agent_id: 'a1' }, [abort]);
    expect(events).toEqual([]);
    expect(answer?.end).toContain('aborted by user');
  });

  test('a worker with a process is ended by its runner, not by a hook', async () => {
    const env = { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: dir };
    const log: NewEvent[] = [
      { t: 'spawn', worker: 'W1', kind: 'session' },
      { t: 'abort', worker: 'W1', by: 'user' },
    ];
    expect(await handle('PostToolBatch', {}, log, env)).toEqual({ events: [] });
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

  test('nothing keeps an aborted session from its end', async () => {
    const { refusedBy, events } = await handle('Stop', {}, [block('Stop', 'tests fail'), abort]);
    expect([refusedBy, events]).toEqual([undefined, []]);
  });

  test.each<[string, string | undefined, number, string]>([
    ['the limit of Claude Code', '3', 2, 'its end was refused 2 times in all'],
    ['a limit of one', '1', 1, 'its end was refused 1 times in all'],
    ['no limit', '0', 3, 'refused 3 times'],
    ['a limit that is none', '-5', 3, 'refused 3 times'],
    ['no word of a limit', undefined, 3, 'refused 3 times'],
  ])('with %s its end is refused as often as that allows', async (_what, cap, times, words) => {
    const env: Record<string, string> = cap === undefined ? {} : { CLAUDE_CODE_STOP_HOOK_BLOCK_CAP: cap };
    let outcome = await handle('Stop', {}, [block('Stop', 'tests fail')], env);
    for (let i = 1; i <= times; i++) {
      expect(outcome.refusedBy).toHaveLength(1);
      outcome = await handle('Stop', {}, [{ t: 'denied', block: 'B1', tool: 'Stop' }], env);
    }
    expect(outcome.refusedBy).toBeUndefined();
    expect(outcome.events).toMatchObject([
      { message: `Claude ended its turn although B1 was not resolved (${words}): tests fail` },
    ]);
  });

  test('the reason stands where this version of Claude Code shows it, unless answers are exit codes', async () => {
    const place = async (version: string, event: HookEvent = 'Stop') =>
      (await handle(event, {}, [], { AI_AGENT: `claude-code_${version}_harness` })).reasonIn;
    expect([await place('2-1-300'), await place('2-1-200')]).toEqual(['context', 'block']);
    writeFileSync(homePaths(home).settings, '{"hold.seconds": 0, "answer": "exitCode"}');
    expect(await place('2-1-300')).toBe('block');
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

  test('an error of the API ends a subagent, whose Claude goes on', async () => {
    const fields = { agent_id: 'a1', agent_type: 'Explore', last_assistant_message: 'no credit' };
    const { events } = await handle('StopFailure', fields, [ask('npm test')]);
    expect(events).toEqual([{ t: 'exit', worker: 'a1', code: 1, reason: 'no credit' }]);
    // Claude Code's own helper is no worker
    expect(await handle('StopFailure', { ...fields, agent_type: '' })).toEqual({ events: [] });
  });

  test('an error without words is one all the same', async () => {
    const { events } = await handle('StopFailure', { error: { status: 500 } });
    expect(events).toMatchObject([{ reason: 'an unknown error' }, { level: 'escalate' }]);
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

  test('that a worker has started keeps what makes it one, and each line for its shell is a command', async () => {
    const log: NewEvent[] = [{ t: 'spawn', worker: 'W1' }];
    const envs: Record<string, string>[] = [{}, { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: dir }];
    for (const [i, env] of envs.entries()) {
      const file = join(home, `env${i}`);
      const session_id = i === 0 ? 's1' : 's2';
      await handle('SessionStart', { source: 'startup', session_id }, log, { ...env, CLAUDE_ENV_FILE: file });
      const { stdout, stderr, status } = spawnSync(
        'sh',
        ['-ec', `. "$1"; echo "\${FERMATA_WORKER-none}"`, 'sh', file],
        {
          env: { PATH: process.env['PATH'], FERMATA_WORKER: 'W1' },
          encoding: 'utf8',
        },
      );
      expect([stdout.trim(), stderr, status]).toEqual([i === 0 ? 'none' : 'W1', '', 0]);
    }
  });

  test('that lives on in another process has not ended', async () => {
    const other = { pid: process.pid, host: hostIdentity(), startTime: startTimeOf(process.pid) };
    writeSessionInfo(dir, { session: 's1', project: home, started: T0, pid: process.ppid, alsoIn: [other] });
    expect(await handle('SessionEnd', { reason: 'exit' })).toEqual({ keepNotes: true });
    expect(logged()).toEqual([]);
  });

  test('of a worker that no runner started reports its own end', async () => {
    const log: NewEvent[] = [{ t: 'spawn', worker: 'W1', kind: 'session', pid: process.ppid }];
    const env = { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: dir };
    expect(await handle('SessionEnd', { session_id: 's2' }, log, env)).toEqual({ keepNotes: true });
    expect(eventsOf(dir, 'exit')).toMatchObject([{ worker: 'W1', code: 0 }]);
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

  test('where a rule is not approved the person reads so beside what waits, and both are told once', async () => {
    writeRules(home, { version: 1, rules: [{ name: 'r', prompt: '^go$', workers: [{ run: ['true'] }] }] });
    const info: NewEvent = { t: 'hook', worker: 'W1', event: 'UserPromptSubmit', exit: 0, message: 'news' };
    const outcome = await handle('UserPromptSubmit', { prompt: 'go' }, [info]);
    expect(outcome).toEqual({
      answer: { context: 'Fermata, from W1: news', warning: expect.stringContaining('are not approved') },
      keepNotes: true,
    });
  });

  test('of a notified end of a task the summary is kept, or all of it where there is none', async () => {
    const notified = (summary: string): string =>
      `<task-notification><task-id>b1</task-id><status>completed</status>${summary}</task-notification>`;
    const untold = '<task-notification><task-id>b1</task-id></task-notification>';
    const prompts = [notified('<summary>tests pass</summary>'), notified(''), untold];
    writeFileSync(homePaths(home).settings, '{"recordPrompts": true}');
    for (const prompt of prompts) await handle('UserPromptSubmit', { prompt });
    expect(eventsOf(dir, 'prompt')).toMatchObject(
      ['tests pass', notified(''), untold].map((text) => ({ text, from: 'task' })),
    );
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

  test.each([
    ['working', ['idle']],
    ['waiting', ['idle']],
    ['idle', []],
    ['ended', []],
  ])('Notification: after an interrupted turn Claude is idle, if it was %s', async (state, turns) => {
    const log: NewEvent[] = state === 'ended' ? [{ t: 'end' }] : [{ t: 'turn', state }];
    const { events = [] } = await handle('Notification', { notification_type: 'idle_prompt' }, log);
    expect(events.map((event) => event['state'])).toEqual(turns);
  });

  test('Notification: of a turn that began before Fermata was there the end is recorded, too', async () => {
    rmSync(sessionPaths(dir).log);
    createLog(dir, T0);
    const { events } = await handle('Notification', { notification_type: 'idle_prompt' });
    expect(events).toEqual([{ t: 'turn', state: 'idle' }]);
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

/** The part of the program that is loaded at times, with a hold that is over at once, and how often it was loaded. */
function counted(): { load: () => Promise<ColdCode>; times: () => number } {
  let times = 0;
  return {
    load: async () => {
      times++;
      return { ...(await import('#hooks/coldHandlers.ts')), holdCall: async () => ({ keepNotes: true }) };
    },
    times: () => times,
  };
}

describe('a tool call loads no more of the program than it needs', () => {
  const pause = { ...block('PreToolUse', 'pause'), worker: 'user', key: 'pause' };
  const spawned: NewEvent = { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' };
  const lock: NewEvent = { t: 'acquire', worker: 'W1', resource: 'file:a.txt' };
  const RELEASED: NewEvent = { t: 'release', worker: 'W1', resource: 'file:a.txt' };

  test.each<[string, string, NewEvent[], Partial<HookPayload>, number]>([
    ['nothing where no block stands', '{"hold.seconds": 60}', [], call, 0],
    ['nothing where a refusal waits for nothing', '{"hold.seconds": 0}', [block('PreToolUse', 'no')], call, 0],
    ['the waiting where it waits', '{"hold.seconds": 60}', [block('PreToolUse', 'no')], call, 1],
    [
      'the end of an agent that was stopped',
      '{"hold.seconds": 0}',
      [spawned, { ...abort, worker: 'a1' }],
      { ...call, agent_id: 'a1' },
      1,
    ],
  ])('before it: %s', async (_what, settings, log, fields, times) => {
    writeFileSync(homePaths(home).settings, settings);
    const cold = counted();
    await handle('PreToolUse', fields, log, {}, cold.load);
    expect(cold.times()).toBe(times);
  });

  test('before it: the waiting where the person pauses, among whatever else refuses it', async () => {
    const cold = counted();
    const log = [block('PreToolUse', 'no'), pause];
    expect(await handle('PreToolUse', call, log, {}, cold.load)).toEqual({ keepNotes: true });
    expect(cold.times()).toBe(1);
  });

  test.each<[string, NewEvent[], number]>([
    ['nothing', [], 0],
    ['nothing for a block that is none of a lock', [block('PreToolUse', 'no')], 0],
    ['nothing for a lock that was given back', [lock, RELEASED], 0],
    ['what looks for writes where a file is locked', [block('PreToolUse', 'no'), lock], 1],
    ['what closes a request', [ask('other')], 1],
    ['the end of an aborted turn', [abort], 1],
  ])('after it: %s', async (_what, log, times) => {
    const cold = counted();
    await handle('PostToolUse', call, log, {}, cold.load);
    expect(cold.times()).toBe(times);
  });
});

test.each<[string, Partial<HookPayload>, Record<string, string>, string | undefined]>([
  ['Claude', {}, {}, undefined],
  ['a subagent', { agent_id: 'a1', agent_type: 'Explore' }, {}, 'a1'],
  ['a worker with a session of its own', { session_id: 's2' }, { FERMATA_WORKER: 'W1' }, 'W1'],
])('a watched call of %s has its name', async (_who, fields, env, agent) => {
  const log: NewEvent[] = [
    { t: 'spawn', worker: 'W1', kind: 'session' },
    { t: 'watch', worker: 'W2', tool: 'Bash' },
  ];
  await handle('PreToolUse', { ...call, ...fields }, log, { ...env, FERMATA_SESSION_DIR: dir });
  const [event] = eventsOf(dir, 'tool');
  expect(event).toMatchObject({ tool: 'Bash', summary: 'npm test' });
  expect(event?.['agent']).toBe(agent);
});

test('the call of a subagent leaves Claude waiting for the person', async () => {
  const own = { ...call, agent_id: 'a1', agent_type: 'Explore' };
  expect(await handle('PostToolUse', own, [{ t: 'turn', state: 'waiting' }])).toEqual({ events: [] });
});

describe('after a call its request is closed:', () => {
  const asks = (...more: [string, string, string?][]): NewEvent[] =>
    more.map(([id, summary, tool = 'Bash']) => ({ t: 'ask', ask: id, tool, summary }));

  test.each<[string, NewEvent[], [string, string][]]>([
    [
      'the one of this call',
      asks(['a1', 'npm publish'], ['a2', 'npm test'], ['a3', 'npm test', 'Read']),
      [['a2', 'allow']],
    ],
    ['the first of two alike', asks(['a1', 'npm test'], ['a2', 'npm test']), [['a1', 'allow']]],
    ['none of another', asks(['a1', 'npm publish'], ['a2', 'npm test', 'Read']), []],
  ])('%s', async (_what, log, closed) => {
    const { events = [] } = await handle('PostToolUse', call, log);
    expect(events).toEqual(closed.map(([id, decision]) => ({ t: 'answer', ask: id, decision, by: 'user' })));
  });

  test('at the end of a batch every one that is left was denied', async () => {
    const { events } = await handle('PostToolBatch', {}, asks(['a1', 'npm publish'], ['a2', 'npm test']));
    expect(events).toEqual(['a1', 'a2'].map((id) => ({ t: 'answer', ask: id, decision: 'deny', by: 'user' })));
  });

  test('and at the end of the turn it is gone', async () => {
    const { turnEnd } = await handle('Stop', {}, asks(['a1', 'npm test']));
    expect(turnEnd).toEqual([
      { t: 'answer', ask: 'a1', decision: 'gone', by: 'conductor' },
      { t: 'turn', state: 'idle' },
    ]);
  });
});

describe('the end of a turn', () => {
  const started: NewEvent[] = [
    { t: 'turn', state: 'working' },
    { t: 'turn', state: 'idle' },
  ];
  const worker = { FERMATA_WORKER: 'W1' };

  test('begins one only where Claude was idle, in a turn before, and Claude Code says that it is a new one', async () => {
    const turns = (): number => eventsOf(dir, 'turn').length;
    const begun = async (fields: Partial<HookPayload>, log: NewEvent[], env: Record<string, string> = {}) => {
      if (log.length > 0) publish(dir, T0, ...log);
      const before = turns();
      await handle('Stop', { stop_hook_active: false, ...fields }, [], { ...env, FERMATA_SESSION_DIR: dir });
      return turns() - before;
    };
    expect(await begun({}, [])).toBe(0);
    expect(await begun({}, started)).toBe(1);
    expect(eventsOf(dir, 'turn').at(-1)).toMatchObject({ state: 'working' });
    // it is at work
    expect(await begun({}, [])).toBe(0);
    publish(dir, T0, { t: 'turn', state: 'idle' }, { t: 'spawn', worker: 'W1', kind: 'session' });
    expect(await begun({ hook_event_name: 'SubagentStop', agent_id: 'a1', agent_type: 'Explore' }, [])).toBe(0);
    expect(await begun({ agent_id: 'a1', agent_type: 'Explore' }, [])).toBe(0);
    expect(await begun({ session_id: 's2' }, [], worker)).toBe(0);
    expect(await begun({ stop_hook_active: undefined }, [])).toBe(0);
    expect(await begun({}, [])).toBe(1);
  });

  test('of a subagent or of a worker ends no turn of Claude, loses no subagent and does not ring', async () => {
    writeFileSync(homePaths(home).settings, '{"hold.seconds": 0, "notify.system": "bell"}');
    const log: NewEvent[] = [
      { t: 'turn', state: 'working', ts: T0 - 60_000 },
      { t: 'spawn', worker: 'W1', kind: 'session' },
      { t: 'spawn', worker: 'b1', kind: 'shell', parent: 'conductor' },
      { t: 'spawn', worker: 'b2', kind: 'shell', parent: 'W1' },
    ];
    const agent = { agent_id: 'a1', agent_type: 'Explore', background_tasks: [] };
    const ofAgent = await handle('SubagentStop', agent, log);
    expect(ofAgent).toEqual({ events: [], reasonIn: 'context', turnEnd: [{ t: 'done', worker: 'a1' }] });
    const env = { ...worker, FERMATA_SESSION_DIR: dir };
    expect(await handle('Stop', { session_id: 's2', background_tasks: [] }, [], env)).toEqual({
      events: [],
      reasonIn: 'context',
      turnEnd: [],
    });
    expect(logged().filter((t) => t === 'done')).toEqual([]);
    const own = await handle('Stop', { background_tasks: [] });
    expect(own.turnEnd).toEqual([{ t: 'turn', state: 'idle' }]);
    expect(eventsOf(dir, 'done')).toMatchObject([{ worker: 'b1' }]);
  });

  test('in spite of a block is that of the agent that ends it', async () => {
    const denied: NewEvent = { t: 'denied', block: 'B1', tool: 'SubagentStop', agent: 'a1' };
    const log = [block('SubagentStop', 'not yet'), denied, denied, denied];
    const { events } = await handle('SubagentStop', { agent_id: 'a1', agent_type: 'Explore' }, log);
    expect(events).toMatchObject([{ message: expect.stringMatching(/^a1 ended its turn although B1/) as string }]);
  });

  test('names a plan whose file is no more what was announced, but on a copy, which has no such files', async () => {
    const plan: NewEvent = { t: 'plan', run: 'R1', sha256: 'a'.repeat(64), workers: [] };
    publish(dir, T0, plan);
    copyFileSync(sessionPaths(dir).log, sessionPaths(dir).copy);
    await handle('Stop');
    expect(eventsOf(dir, 'plan')).toHaveLength(1);
    rmSync(sessionPaths(dir).copy);
    await handle('Stop');
    expect(eventsOf(dir, 'plan')).toMatchObject([{ sha256: 'a'.repeat(64) }, { run: 'R1', sha256: 'gone' }]);
  });

  test('of a teammate that was stopped is none for good: it may be written to', async () => {
    const mate = 'ascout-42ba674eb0a8dfae';
    const log: NewEvent[] = [
      { t: 'spawn', worker: mate, kind: 'teammate', parent: 'conductor' },
      { ...abort, worker: mate },
    ];
    const { events, keepNotes } = await handle('PostToolBatch', { agent_id: mate, agent_type: 'scout' }, log);
    expect(events?.map(({ t }) => t)).toEqual(['exit']);
    expect(keepNotes).toBe(true);
  });

  test('by an error is in the log as the person reads it', async () => {
    expect(await handle('StopFailure', { last_assistant_message: 'no credit' })).toEqual({
      events: [
        { t: 'turn', state: 'idle', reason: 'no credit' },
        { t: 'log', level: 'escalate', message: "Claude's turn ended with an error: no credit" },
      ],
    });
  });
});

describe('what cannot be done as a session starts or ends costs no answer, and is in the error log', () => {
  const errors = (): string => {
    try {
      return readFileSync(join(homePaths(home).logs, 'hook.log'), 'utf8');
    } catch {
      return '';
    }
  };

  test('the environment of Claude’s shell; where Claude Code wants none, nothing is wrong', async () => {
    await handle('SessionStart', { source: 'startup' });
    await handle('SessionStart', { source: 'startup' }, [], { CLAUDE_ENV_FILE: '' });
    expect(errors()).toBe('');
    await handle('SessionStart', { source: 'startup' }, [], { CLAUDE_ENV_FILE: join(home, 'none', 'env') });
    expect(errors()).toContain('the shell gets no environment');
  });

  test('the end of the waiter', async () => {
    const { waiter } = sessionPaths(dir);
    writeFileSync(waiter, '');
    await handle('SessionEnd', { reason: 'exit' });
    expect(() => readFileSync(waiter)).toThrow('ENOENT');
    mkdirSync(waiter);
    const log: NewEvent[] = [{ t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' }];
    const { events } = await handle('SessionEnd', { reason: 'exit' }, log);
    expect(events).toEqual([
      { t: 'exit', worker: 'a1', lost: true, reason: 'the session ended' },
      { t: 'end', reason: 'exit' },
    ]);
    expect(errors()).toContain('the waiter is not ended');
  });

  test('the end of a worker with a runner is the runner’s to report', async () => {
    const log: NewEvent[] = [
      { t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W1' }] },
      { t: 'spawn', worker: 'W1', kind: 'session', pid: process.ppid },
    ];
    await handle('SessionEnd', { session_id: 's2' }, log, { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: dir });
    expect(eventsOf(dir, 'exit')).toEqual([]);
  });
});

describe('Claude’s shell', () => {
  /** What a shell has for these names after it has read the file. */
  async function shellOf(fields: Partial<HookPayload>, own: Record<string, string>): Promise<Record<string, string>> {
    const file = join(home, `env-${Math.random()}`);
    await handle('SessionStart', { source: 'startup', ...fields }, [], { CLAUDE_ENV_FILE: file });
    const names = ['FERMATA_HOME', 'FERMATA_SESSION_DIR', 'FERMATA_PARENT', 'PATH'];
    const script = ['. "$1"', ...names.map((name) => `echo "$${name}"`)].join('\n');
    const { stdout } = spawnSync('sh', ['-ec', script, 'sh', file], {
      env: { PATH: process.env['PATH'], ...own },
      encoding: 'utf8',
    });
    const lines = stdout.split('\n');
    return Object.fromEntries(names.map((name, i) => [name, lines[i] ?? '']));
  }

  test('has the session that it belongs to, also where a fork got the file of the one it left', async () => {
    const first = await shellOf({}, {});
    expect(first).toMatchObject({ FERMATA_HOME: home, FERMATA_SESSION_DIR: dir, FERMATA_PARENT: 's1' });
    const bin = homePaths(home).bin;
    expect(first['PATH']?.split(':').at(-1)).toBe(bin);
    const fork = await shellOf({}, { CLAUDE_CODE_SESSION_ID: 's7' });
    expect(fork).toMatchObject({ FERMATA_SESSION_DIR: sessionDir(home, 's7'), FERMATA_PARENT: 's7' });
  });

  test('works in the folder of the session that its own has joined', async () => {
    writeFileSync(sessionDir(home, 's7'), 's1\nmore');
    const joined = await shellOf({}, { CLAUDE_CODE_SESSION_ID: 's7' });
    expect(joined).toMatchObject({ FERMATA_SESSION_DIR: dir, FERMATA_PARENT: 's7' });
  });
});

test('the introduction names each command as Claude’s shell takes it, on lines of their own; a worker gets none', async () => {
  writeFileSync(homePaths(home).settings, '{"teach": true}');
  const { answer } = await handle('SessionStart', { source: 'startup' });
  const cli = homePaths(home).cli;
  const lines = answer?.context?.split('\n') ?? [];
  expect(lines).toHaveLength(5);
  expect(lines[0]).toContain('In Bash, without waiting');
  for (const [i, verb] of ['spawn --task', 'wait done:W1', 'status'].entries())
    expect(lines[i + 1]).toMatch(new RegExp(`^- ${cli} ${verb}`));
  expect(lines[4]).toContain('Workers report to you by themselves');
  const env = { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: dir };
  const log: NewEvent[] = [{ t: 'spawn', worker: 'W1', kind: 'session' }];
  expect(await handle('SessionStart', { session_id: 's2', source: 'startup' }, log, env)).toEqual({});
});

test('what a killed program has left is removed as a session starts, in the folders of Fermata alone', async () => {
  const old = new Date(T0 - 3_600_000);
  const { flags } = sessionPaths(dir);
  const leave = (folder: string, name: string): string => {
    const path = join(folder, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, '');
    utimesSync(path, old, old);
    return path;
  };
  const swept = [home, homePaths(home).cache, homePaths(home).sessions, dir, flags].map((folder) =>
    leave(folder, `state.${process.pid}.tmp`),
  );
  const kept = [leave(home, 'mine.tmp'), leave(join(home, 'other'), `state.${process.pid}.tmp`)];
  await handle('SessionStart', { source: 'startup' });
  expect([...swept, ...kept].filter((path) => existsSync(path))).toEqual(kept);
});
