import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { HookContext } from '#hooks/hookContext.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import { certainEnds } from '#hooks/stoppedAgent.ts';
import {
  nameSubagents,
  notifiedEnd,
  reconciledSubagents,
  subagentEnd,
  subagentFailure,
  subagentStart,
} from '#hooks/subagents.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

const RUN = 'wf_d6a3149b-f49';
const MATE = 'ascout-42ba674eb0a8dfae';

let home: string;
let dir: string;
beforeEach(() => {
  home = tempDir();
  dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'session', session: 's1', cwd: home });
});

function write(path: string, text: string): void {
  const file = join(home, 's1', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function context(fields: Partial<HookPayload>, ...log: NewEvent[]): Promise<HookContext> {
  publish(dir, T0, ...log);
  const environment = { home, env: {}, now: () => T0 + 60_000, timeoutSeconds: 60 };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const payload: HookPayload = {
    session_id: 's1',
    hook_event_name: 'Stop',
    transcript_path: join(home, 's1.jsonl'),
    ...fields,
  };
  return new HookContext(payload, environment, session);
}

const spawn = (worker: string, more: object = {}): NewEvent => ({
  t: 'spawn',
  worker,
  kind: 'subagent',
  parent: 'conductor',
  command: 'general-purpose',
  ...more,
});
/** What the end of a turn publishes with this list of background tasks. */
const atStop = async (background_tasks: unknown[], ...log: NewEvent[]): Promise<NewEvent[]> =>
  reconciledSubagents(await context({ background_tasks }, ...log));

test('a stopped agent has ended for certain once Claude Code has written so, or has told Claude', async () => {
  const log = [
    spawn('a1'),
    spawn('a2'),
    ...['a1', 'a2'].flatMap((worker): NewEvent[] => [
      { t: 'abort', worker, by: 'user' },
      { t: 'exit', worker, code: null },
    ]),
  ];
  const done = { t: 'done', worker: 'a1' };
  expect(certainEnds(await context({}, ...log))).toEqual([]);
  write('subagents/agent-a1.meta.json', '{"finished":true}');
  write('subagents/agent-a2.meta.json', '{}');
  expect(certainEnds(await context({}))).toEqual([done]);
  const prompt = '<task-notification><task-id>a1</task-id><status>completed</status></task-notification>';
  expect(notifiedEnd(await context({ prompt }))).toEqual([done]);
  expect(certainEnds(await context({}, done as NewEvent))).toEqual([]);
});

describe('an agent that is not in the list of background tasks', () => {
  test('is lost where Claude itself has started it', async () => {
    write('subagents/agent-a1.meta.json', '{"agentType":"general-purpose","spawnDepth":1}');
    expect(await atStop([], spawn('a1'))).toMatchObject([{ t: 'exit', worker: 'a1', lost: true }]);
  });

  test('is not lost where nothing is known of it, or its file is torn', async () => {
    write('subagents/agent-a2.meta.json', '{"agentType":');
    expect(await atStop([], spawn('a1'), spawn('a2'))).toEqual([]);
  });

  test('is not lost where an agent has started it, until that one has ended', async () => {
    write('subagents/agent-a2.meta.json', '{"parentAgentId":"a1","spawnDepth":2,"requestShape":"foreground"}');
    const listed = [{ id: 'a1', type: 'subagent', status: 'running', description: 'outer' }];
    const log = [spawn('a1', { task: 'outer' }), spawn('a2', { parent: 'a1' })];
    expect(await atStop(listed, ...log)).toEqual([]);
    expect(await atStop([], { t: 'done', worker: 'a1' })).toMatchObject([{ t: 'exit', worker: 'a2', lost: true }]);
  });

  test('is not lost in an older version, which does not write who has started it', async () => {
    write('subagents/agent-a2.meta.json', '{"agentType":"general-purpose","spawnDepth":2}');
    expect(await atStop([], spawn('a2'))).toEqual([]);
  });

  test('has ended where Claude Code has written so, unless it is just being resumed', async () => {
    write('subagents/agent-a1.meta.json', '{"spawnDepth":1,"finished":true}');
    expect(await atStop([], spawn('a1'))).toEqual([{ t: 'done', worker: 'a1' }]);
    expect(await atStop([], { ...spawn('a2'), ts: T0 + 59_000 })).toEqual([{ t: 'done', worker: 'a1' }]);
  });

  test('was stopped where Claude was told so in its turn', async () => {
    write('subagents/agent-a1.meta.json', '{"spawnDepth":1}');
    const prompt =
      '<task-notification>\n<task-id>a1</task-id>\n<status>killed</status>\n<summary>stopped by Claude</summary>';
    writeFileSync(join(home, 's1.jsonl'), `${JSON.stringify({ type: 'attachment', attachment: { prompt } })}\n`);
    expect(await atStop([], spawn('a1'))).toEqual([
      { t: 'exit', worker: 'a1', signal: 'stop', reason: 'stopped by Claude' },
    ]);
  });
});

describe('an agent that is in the list of background tasks', () => {
  const listed = (more: object = {}): object => ({
    id: 'a1',
    type: 'subagent',
    status: 'running',
    description: 'outer',
    ...more,
  });
  const found = { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor', task: 'outer' };

  test('is recorded with its task where that is news, under who has started it', async () => {
    expect(await atStop([listed()])).toEqual([found]);
    expect(await atStop([listed()], spawn('a1', { parent: 'a0' }))).toEqual([{ ...found, parent: 'a0' }]);
    expect(await atStop([listed()], found as NewEvent)).toEqual([]);
  });

  test('is recorded by its id alone, once, where nothing is written of its task', async () => {
    const [event] = await atStop([listed({ description: undefined })]);
    expect(event).toMatchObject({ t: 'spawn', worker: 'a1', task: undefined });
    expect(await atStop([listed({ description: undefined })], spawn('a1'))).toEqual([]);
  });

  test('is none that has ended by then', async () => {
    const over = { id: 'a2', type: 'subagent', status: 'completed', description: 'inner' };
    expect(await atStop([over])).toEqual([]);
    expect(await atStop([over], spawn('a2'))).toEqual([{ t: 'done', worker: 'a2' }]);
    expect(await atStop([listed()], found as NewEvent, { t: 'done', worker: 'a1' })).toEqual([]);
  });
});

test('one that is just being resumed has not ended, though it is written that it had', async () => {
  write('subagents/agent-a1.meta.json', '{"spawnDepth":1,"finished":true}');
  publish(dir, T0 + 59_000, spawn('a1'));
  expect(await atStop([])).toEqual([]);
});

test('a lost agent, too, ends as Claude is told it, and one that ended otherwise does not once more', async () => {
  const prompt = '<task-notification><task-id>a1</task-id><status>completed</status></task-notification>';
  const ends = async (...log: NewEvent[]) => notifiedEnd(await context({ prompt }, ...log));
  expect(await ends(spawn('a1'), { t: 'exit', worker: 'a1', lost: true })).toMatchObject([{ t: 'done', worker: 'a1' }]);
  expect(await ends({ t: 'done', worker: 'a1' })).toEqual([]);
});

test('what is no agent starts, ends and fails as none', async () => {
  for (const fields of [{}, { agent_id: 'a1', agent_type: '' }, { agent_id: '../a1', agent_type: 'x' }]) {
    const ctx = await context(fields);
    expect([subagentStart(ctx), subagentEnd(ctx), subagentFailure(ctx, 'why')]).toEqual([[], [], []]);
  }
  expect(subagentFailure(await context({ agent_id: 'a1', agent_type: 'x' }), 'why')).toEqual([
    { t: 'exit', worker: 'a1', code: 1, reason: 'why' },
  ]);
});

describe('a workflow', () => {
  const agentFields = { agent_id: 'a1', agent_type: 'workflow-subagent' };
  const started = '{"type":"started","agentId":"a1","label":"first","phase":"One"}\n';

  test('is there with its first agent, and ends by its summary', async () => {
    write(`subagents/workflows/${RUN}/journal.jsonl`, started);
    write(`workflows/scripts/survey-${RUN}.js`, '');
    const start = subagentStart(await context(agentFields));
    expect(start).toEqual([
      { t: 'spawn', worker: RUN, kind: 'workflow', parent: 'conductor', task: 'survey' },
      { t: 'progress', worker: RUN, message: '0 of 1 agents done', phase: 'One' },
      { t: 'spawn', worker: 'a1', kind: 'subagent', parent: RUN, task: 'first', command: 'workflow-subagent' },
      { t: 'progress', worker: 'a1', phase: 'One' },
    ]);
    expect(subagentEnd(await context(agentFields, ...start))).toMatchObject([
      { t: 'done', worker: 'a1' },
      { t: 'progress', worker: RUN, message: '1 of 1 agents done' },
    ]);
    const listed = [{ id: 'wh1dxszdt', type: 'workflow', status: 'running', name: 'survey' }];
    expect(await atStop(listed)).toEqual([]);
    write(`workflows/${RUN}.json`, '{"status":"completed"}');
    expect(await atStop(listed)).toEqual([
      { t: 'exit', worker: 'a1', lost: true, reason: 'its workflow is over' },
      { t: 'done', worker: RUN },
    ]);
  });

  test('that is no longer listed, and of whose end nothing is written, is lost', async () => {
    const run: NewEvent = { t: 'spawn', worker: RUN, kind: 'workflow', parent: 'conductor' };
    expect(await atStop([{ id: 'w1', type: 'workflow', status: 'running' }], run)).toEqual([]);
    const lost = {
      t: 'exit',
      worker: RUN,
      lost: true,
      reason: 'Claude Code no longer lists it, and nobody saw how it ended',
    };
    expect(await atStop([])).toEqual([lost]);
    expect(await atStop([], lost as NewEvent)).toEqual([]);
  });

  test('without a journal its agents are Claude’s, and not lost while a workflow is listed', async () => {
    const start = subagentStart(await context(agentFields));
    expect(start).toEqual([
      {
        t: 'spawn',
        worker: 'a1',
        kind: 'subagent',
        parent: 'conductor',
        task: undefined,
        command: 'workflow-subagent',
      },
    ]);
    expect(await atStop([{ id: 'w1', type: 'workflow', status: 'running' }], ...start)).toEqual([]);
    expect(await atStop([])).toMatchObject([{ t: 'exit', worker: 'a1', lost: true }]);
  });
});

describe('a teammate', () => {
  test('has its name, is idle at the end of its turn, and is lost with its team only', async () => {
    const fields = { agent_id: MATE, agent_type: 'scout' };
    const start = subagentStart(await context(fields));
    expect(start).toMatchObject([{ t: 'spawn', worker: MATE, kind: 'teammate', command: 'scout' }]);
    const ctx = await context(fields, ...start, ...subagentEnd(await context(fields)));
    expect(ctx.state.workers.get(MATE)).toMatchObject({ state: 'idle' });
    expect(await atStop([{ id: 'tvtu6fn1m', type: 'teammate', status: 'running' }])).toEqual([]);
    expect(await atStop([])).toMatchObject([{ t: 'exit', worker: MATE, lost: true }]);
  });
});

describe('names', () => {
  test('come with who has started an agent, also by the call in an older version', async () => {
    write('subagents/agent-a1.meta.json', '{"description":"outer","toolUseId":"t1","spawnDepth":1}');
    write('subagents/agent-a2.meta.json', '{"description":"inner","toolUseId":"t2","spawnDepth":2}');
    write('subagents/agent-a1.jsonl', '{"message":{"content":[{"type":"tool_use","id":"t2"}]}}\n');
    expect(nameSubagents(await context({}, spawn('a1'), spawn('a2')))).toMatchObject([
      { worker: 'a1', parent: undefined, task: 'outer' },
      { worker: 'a2', parent: 'a1', task: 'inner' },
    ]);
  });
});

describe('a background shell', () => {
  const shell = { id: 'b1', type: 'shell', status: 'running', description: 'serve', command: 'npm start' };

  test('is there while it is listed', async () => {
    const start = await atStop([shell]);
    expect(start).toEqual([
      { t: 'spawn', worker: 'b1', kind: 'shell', parent: 'conductor', task: 'serve', command: 'npm start' },
    ]);
    expect(await atStop([shell], ...start)).toEqual([]);
    expect(await atStop([])).toEqual([{ t: 'done', worker: 'b1' }]);
  });

  test('ends as the prompt has it that Claude Code makes of its end', async () => {
    const prompt = (status: string): string =>
      `<task-notification>\n<task-id>b1</task-id>\n<status>${status}</status>\n<summary>it is over</summary>\n</task-notification>`;
    const log = await atStop([shell]);
    expect(notifiedEnd(await context({ prompt: prompt('completed') }, ...log))).toEqual([
      { t: 'done', worker: 'b1', result: 'it is over' },
    ]);
    expect(notifiedEnd(await context({ prompt: prompt('failed') }))).toMatchObject([{ t: 'exit', code: 1 }]);
    expect(notifiedEnd(await context({ prompt: prompt('completed').replace('b1', 'conductor') }))).toEqual([]);
    expect(notifiedEnd(await context({ prompt: 'hello' }))).toEqual([]);
  });
});
