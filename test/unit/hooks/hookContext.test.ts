import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { HookContext } from '#hooks/hookContext.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

let home: string;
let dir: string;

beforeEach(() => {
  home = join(tempDir(), '.fermata');
  mkdirSync(home);
  dir = sessionDir(home, 's1');
  createLog(dir, T0);
});

const SESSION: NewEvent = { t: 'session', session: 's1', cwd: '/of/session' };

async function context(
  fields: Partial<HookPayload>,
  log: NewEvent[] = [SESSION],
  env: Record<string, string> = {},
): Promise<HookContext> {
  if (log.length > 0) publish(dir, T0, ...log);
  const environment = { home, env, now: () => T0, timeoutSeconds: 60 };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  return new HookContext({ session_id: 's1', hook_event_name: 'PreToolUse', ...fields }, environment, session);
}

const bash = (command: unknown): Partial<HookPayload> => ({ tool_name: 'Bash', tool_input: { command } });

test('relative paths start where Claude Code names the project, else the session, else the call', async () => {
  const root = async (env: Record<string, string>, log: NewEvent[], cwd?: string): Promise<string> =>
    (await context(cwd === undefined ? {} : { cwd }, log, env)).root;
  expect(await root({}, [], undefined)).toBe('/');
  expect(await root({}, [], '/of/call')).toBe('/of/call');
  expect(await root({}, [SESSION], '/of/call')).toBe('/of/session');
  expect(await root({ CLAUDE_PROJECT_DIR: '' }, [], '/of/call')).toBe('/of/session');
  expect(await root({ CLAUDE_PROJECT_DIR: '/p' }, [], '/of/call')).toBe('/p');
});

test('a text for a call is for the shell of that, and for any other one that Claude has', async () => {
  const shell = async (tool_name?: string) => (await context(tool_name === undefined ? {} : { tool_name })).shell;
  expect([await shell(), await shell('Bash'), await shell('Read')]).toEqual(['sh', 'sh', 'sh']);
  expect(await shell('PowerShell')).toBe('powershell');
});

describe('who acts', () => {
  test.each<[string, Partial<HookPayload>, string]>([
    ['Claude', {}, 'conductor'],
    ['a subagent', { agent_id: 'a1' }, 'a1'],
    ['none by an id that is empty', { agent_id: '' }, 'conductor'],
    ['none by an id that is a path', { agent_id: '../a1' }, 'conductor'],
    ['a teammate by its name', { teammate_name: 'rev' }, 'teammate-rev'],
    ['one by its name rather than by an id', { teammate_name: 'rev', agent_id: 'a1' }, 'teammate-rev'],
    ['one whose name has what no id may have', { teammate_name: 'the re/viewer' }, 'teammate-the-re-viewer'],
    ['one by the beginning of a long name', { teammate_name: 'x'.repeat(200) }, `teammate-${'x'.repeat(55)}`],
  ])('is %s', async (_what, fields, agent) => {
    expect((await context(fields)).agent).toBe(agent);
  });

  test('is an agent for what blocks mean only where there is an id', async () => {
    const of = async (fields: Partial<HookPayload>): Promise<string[]> =>
      Object.keys((await context(fields)).callContext());
    const agent = { agent_id: 'a1', agent_type: 'Explore' };
    expect((await context(agent)).callContext()).toMatchObject({ agentId: 'a1', agentType: 'Explore' });
    expect(await of({ agent_id: '', agent_type: '' })).not.toContain('agentId');
    expect(await of({})).not.toContain('agentId');
    expect(await of({})).not.toContain('call');
  });
});

describe('the command of a call', () => {
  const block = (command: string): NewEvent => ({
    t: 'hook',
    worker: 'W1',
    event: 'PreToolUse',
    exit: 2,
    message: 'no',
    match: { command },
  });

  const refusing = async (fields: Partial<HookPayload>, ...blocks: NewEvent[]): Promise<number> => {
    const ctx = await context(fields, [SESSION, ...blocks]);
    await ctx.prepareMatching();
    return ctx.activeBlocks().length;
  };

  test('is read where a block has a pattern for it, whatever stands around what it runs', async () => {
    expect(await refusing(bash('cd x && git push'), block('git push*'))).toBe(1);
    expect(await refusing(bash('echo "git push"'))).toBe(0);
    expect(await refusing({ ...bash('cd x && git push'), cwd: '/elsewhere' })).toBe(1);
  });

  test('is a text: anything else that a tool calls so is none', async () => {
    for (const command of [7, undefined, ['git push']]) {
      const ctx = await context(bash(command), [SESSION]);
      expect([ctx.command, await ctx.readCommand(), await ctx.isExempt()]).toEqual([undefined, undefined, false]);
    }
  });

  test('starts in the folder of the call, against the project', async () => {
    const pattern = block('./scripts/run.sh*');
    expect(await refusing({ ...bash('./run.sh'), cwd: '/of/session/scripts' }, pattern)).toBe(1);
    expect(await refusing({ ...bash('./run.sh'), cwd: '/of/session' })).toBe(0);
    expect(await refusing({ ...bash('./run.sh'), cwd: '/elsewhere/scripts' })).toBe(0);
    expect(await refusing(bash('./scripts/run.sh'))).toBe(1);
    expect(await refusing(bash('./run.sh'))).toBe(0);
  });

  test('of Fermata’s own is exempt, and no other that has its name in it', async () => {
    const { cli } = homePaths(home);
    expect(await (await context(bash(`${cli} status`))).isExempt()).toBe(true);
    expect(await (await context(bash('cat fermata'))).isExempt()).toBe(false);
    expect(await (await context({ tool_name: 'Read', tool_input: {} })).isExempt()).toBe(false);
  });
});

describe('a call in the log', () => {
  test('has what Claude Code calls it, else the run of the hook; its tool, else the event; and its agent', async () => {
    const seen = async (fields: Partial<HookPayload>) => (await context(fields)).seenCall();
    expect(await seen({ ...bash('ls'), tool_use_id: 'c1' })).toEqual({
      call: 'c1',
      tool: 'Bash',
      summary: 'ls',
      digest: undefined,
      agent: undefined,
    });
    const stop = await seen({ hook_event_name: 'Stop', agent_id: 'a1' });
    expect(stop).toMatchObject({ tool: 'Stop', agent: 'a1', summary: undefined });
    expect(stop.call).toMatch(/^\w{10,}$/);
    expect((await seen({ ...bash('ls'), tool_use_id: 'x'.repeat(999) })).call).toHaveLength(200);
  });

  test('has a digest of all of it where the summary is cut, so that another one is another', async () => {
    const digest = async (fields: Partial<HookPayload>) => (await context(fields)).seenCall().digest;
    const long = `echo ${'word '.repeat(200)}`;
    const [first, second] = [await digest(bash(`${long}a`)), await digest(bash(`${long}b`))];
    expect(first).toMatch(/^[\w-]{22}$/);
    expect(second).not.toBe(first);
    expect(await digest(bash(`${long}a`))).toBe(first);
    const task = (task_subject: string): Partial<HookPayload> => ({ hook_event_name: 'TaskCreated', task_subject });
    expect(await digest(task(`${long}a`))).not.toBe(await digest(task(`${long}b`)));
    expect(await digest(task('short'))).toBeUndefined();
    expect(await digest({ hook_event_name: 'Stop' })).toBeUndefined();
  });

  test.each<[string, Partial<HookPayload>, string | undefined]>([
    ['the path before all', { tool_name: 'Edit', tool_input: { prompt: 'p', file_path: '/a', command: 'c' } }, '/a'],
    ['else the command', { tool_name: 'Bash', tool_input: { description: 'd', command: 'c' } }, 'c'],
    ['else the pattern', { tool_name: 'Grep', tool_input: { description: 'd', pattern: 'x' } }, 'x'],
    [
      'else the address',
      { tool_name: 'WebFetch', tool_input: { prompt: 'p', url: 'https://x.test' } },
      'https://x.test',
    ],
    ['else the description', { tool_name: 'Task', tool_input: { prompt: 'p', description: 'd' } }, 'd'],
    ['else the prompt', { tool_name: 'Task', tool_input: { description: '', prompt: 'p' } }, 'p'],
    ['nothing that is no text', { tool_name: 'X', tool_input: { command: 7 } }, undefined],
    ['a task by its subject', { task_subject: 'ship it', teammate_name: 'rev' }, 'ship it'],
    ['a teammate by its name', { teammate_name: 'rev' }, 'rev'],
    ['nothing else', {}, undefined],
  ])('in a few words is %s', async (_what, fields, summary) => {
    expect((await context(fields)).summary).toBe(summary);
  });

  test('shows no secret', async () => {
    const secret = `ghp_${'A1b2'.repeat(9)}`;
    expect((await context(bash(`curl -H "Authorization: Bearer ${secret}"`))).summary).not.toContain(secret);
  });
});
