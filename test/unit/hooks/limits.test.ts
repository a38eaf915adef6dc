import { appendFileSync, copyFileSync, mkdirSync, realpathSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { HookContext } from '#hooks/hookContext.ts';
import { prepareLimits } from '#hooks/limits.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

let home: string;
let dir: string;
let transcript: string;

beforeEach(() => {
  home = join(realpathSync(tempDir()), '.fermata');
  mkdirSync(home);
  dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'session', session: 's1', cwd: home });
  transcript = join(home, 's1.jsonl');
});

/** What a look before a call adds to the log, in a session with these further events. */
async function look(
  fields: Partial<HookPayload> = {},
  { log = [], env = {}, now = T0 }: { log?: NewEvent[]; env?: Record<string, string>; now?: number } = {},
): Promise<Record<string, unknown>[]> {
  if (log.length > 0) publish(dir, T0, ...log);
  const before = eventsOf(dir).length;
  const environment = { home, env, now: () => now, timeoutSeconds: 60 };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const call = { tool_name: 'Agent', tool_input: { subagent_type: 'Explore' }, tool_use_id: 'c1' };
  const payload: HookPayload = { session_id: 's1', hook_event_name: 'PreToolUse', cwd: home, ...call, ...fields };
  prepareLimits(new HookContext(payload, environment, session), session);
  session.close();
  return eventsOf(dir).slice(before);
}
const set = (settings: object): void => writeFileSync(homePaths(home).settings, JSON.stringify(settings));
const limit = (until: string, more: object = {}): NewEvent => {
  return { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'x', until, ...more };
};
const types = (events: Record<string, unknown>[]): unknown[] => events.map(({ t }) => t);

describe('the limits of the settings', () => {
  const bash: Partial<HookPayload> = { tool_name: 'Bash', tool_input: { command: 'ls' } };

  test('are blocks of the person, each for the calls that it limits', async () => {
    set({
      'agents.max': 4,
      'agents.depth': 2,
      'agents.perHour': 9,
      'budget.session': '2M',
      'budget.agent': '$1',
      'budget.window': '5h:90',
    });
    const events = await look(bash);
    const starts = { tool: 'Agent|Task' };
    expect(events.map(({ key, until, match }) => [key, until, match])).toEqual([
      ['setting agents.max', 'agents:4', starts],
      ['setting agents.depth', 'depth:2', starts],
      ['setting agents.perHour', 'spawns:9', starts],
      ['setting budget.session', 'budget:2M', undefined],
      ['setting budget.agent', 'budget:$1', { agent: '*' }],
      ['setting budget.window', 'reset:5h:90', undefined],
    ]);
    for (const event of events)
      expect(event).toMatchObject({ t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2 });
    const names = ['agents.max', 'agents.depth', 'agents.perHour', 'budget.session', 'budget.agent', 'budget.window'];
    for (const [i, name] of names.entries()) expect(events[i]?.['stderr']).toContain(`setting fermata.${name})`);
  });

  test('are written once, again where they change, and end where they are taken back', async () => {
    set({ 'agents.max': 4, 'budget.session': '2M' });
    expect(await look(bash)).toHaveLength(2);
    expect(await look(bash)).toEqual([]);
    set({ 'agents.max': 5, 'budget.session': '2M' });
    expect(await look(bash)).toMatchObject([{ t: 'hook', until: 'agents:5' }]);
    set({ 'agents.max': 5 });
    expect(await look(bash)).toMatchObject([{ t: 'unblock', by: 'user' }]);
    set({});
    expect(await look(bash)).toMatchObject([{ t: 'unblock', by: 'user' }]);
    expect(await look(bash)).toEqual([]);
  });

  test('that the person has ended come back only as other ones', async () => {
    set({ 'agents.max': 4 });
    await look(bash);
    expect(await look(bash, { log: [{ t: 'unblock', block: 'B1', by: 'user' }] })).toEqual([]);
    set({ 'agents.max': 3 });
    expect(await look(bash)).toMatchObject([{ until: 'agents:3' }]);
  });

  test('are those of Claude’s own session, at its seat', async () => {
    set({ 'agents.max': 4 });
    expect(await look({ ...bash, session_id: 's2' }, { env: { FERMATA_WORKER: 'W1' } })).toEqual([]);
    copyFileSync(sessionPaths(dir).log, sessionPaths(dir).copy);
    expect(await look(bash)).toEqual([]);
  });
});

describe('a call that starts an agent', () => {
  const log = [limit('agents:4')];

  test('is in the log before it is judged, with the kind of the agent', async () => {
    const launch = { t: 'launch', call: 'c1', type: 'Explore' };
    expect(await look({}, { log })).toMatchObject([launch]);
    expect(await look({ tool_name: 'Task', agent_id: 'a1' })).toMatchObject([{ ...launch, agent: 'a1' }]);
    const [other] = await look({ tool_input: { subagent_type: 7 }, tool_use_id: 'c2' });
    expect(other).toMatchObject({ t: 'launch', call: 'c2' });
    expect(other).not.toHaveProperty('type');
  });

  test('is none at another tool, after it, without a cap, or once that has ended', async () => {
    expect(await look({ tool_name: 'Bash' }, { log })).toEqual([]);
    expect(await look({ hook_event_name: 'PostToolUse' })).toEqual([]);
    expect(await look({}, { log: [{ t: 'unblock', block: 'B1', by: 'user' }] })).toEqual([]);
    expect(await look({}, { log: [limit('reset:5h')] })).toEqual([]);
    expect(await look({}, { log: [limit('depth:2')] })).toHaveLength(1);
  });
});

describe('what the status line was handed', () => {
  const hand = (cost: number, pct: number, atMs = T0): void => {
    const path = sessionPaths(dir).statusLine;
    const rate_limits = { five_hour: { used_percentage: pct, resets_at: T0 / 1000 + 3600 } };
    const context_window = { total_input_tokens: 10, context_window_size: 200 };
    writeFileSync(
      path,
      JSON.stringify({ session_id: 's1', cost: { total_cost_usd: cost }, rate_limits, context_window }),
    );
    utimesSync(path, atMs / 1000, atMs / 1000);
  };
  const bash: Partial<HookPayload> = { tool_name: 'Bash', tool_input: {} };
  const lookAt = (now: number, more: { log?: NewEvent[] } = {}) => look(bash, { now, ...more });

  test('is in the log at first, with its source', async () => {
    hand(0.5, 20);
    expect(await lookAt(T0 + 1000)).toMatchObject([
      {
        t: 'usage',
        source: 'the status line',
        costUsd: 0.5,
        contextTokens: 10,
        contextWindow: 200,
        limits: [{ kind: 'five_hour', pct: 20 }],
      },
    ]);
    expect(await lookAt(T0 + 1000)).toEqual([]);
  });

  test('is not what is so now where it is old, and none where there is none, or for a worker', async () => {
    expect(await lookAt(T0)).toEqual([]);
    hand(0.5, 20);
    expect(await lookAt(T0 + 600_001)).toEqual([]);
    expect(await look({ ...bash, session_id: 's2' }, { now: T0, env: { FERMATA_WORKER: 'W1' } })).toEqual([]);
    expect(await lookAt(T0 + 600_000)).toHaveLength(1);
  });

  test('is written again once a minute, where it has changed', async () => {
    hand(0.5, 20);
    await lookAt(T0);
    hand(0.6, 20, T0 + 30_000);
    expect(await lookAt(T0 + 59_999)).toEqual([]);
    expect(await lookAt(T0 + 60_000)).toHaveLength(1);
    hand(0.6, 20, T0 + 200_000);
    expect(await lookAt(T0 + 200_000)).toEqual([]);
    // what was handed over before is no news
    hand(0.9, 20, T0);
    expect(await lookAt(T0 + 300_000)).toEqual([]);
  });

  test.each<[string, NewEvent[], [number, number], [number, number], boolean]>([
    ['that crosses a budget', [limit('budget:$1')], [0.99, 20], [1.01, 20], true],
    ['by a hundredth of a budget', [limit('budget:$10')], [0.5, 20], [0.7, 20], true],
    ['by less than a hundredth', [limit('budget:$10')], [0.5, 20], [0.55, 20], false],
    ['of a budget in tokens', [limit('budget:1k')], [0.5, 20], [5, 20], false],
    [
      'of a budget that has ended',
      [limit('budget:$1'), { t: 'unblock', block: 'B1', by: 'user' }],
      [0.5, 1],
      [2, 1],
      false,
    ],
    ['that crosses the percentage of a window', [limit('reset:5h:90')], [0.5, 89], [0.5, 90], true],
    ['back across it', [limit('reset:5h:90')], [0.5, 90], [0.5, 89], true],
    ['within the percentage', [limit('reset:5h:90')], [0.5, 20], [0.5, 89], false],
    ['of another window', [limit('reset:7d:90')], [0.5, 20], [0.5, 95], false],
  ])('is written at once for a change %s: %#', async (_what, log, first, second, isWritten) => {
    hand(...first);
    await lookAt(T0, { log });
    hand(...second, T0 + 1000);
    expect(types(await lookAt(T0 + 1000))).toEqual(isWritten ? ['usage'] : []);
  });
});

describe('what is spent', () => {
  const line = (id: string, output: number, calls: string[] = []): string =>
    `${JSON.stringify({
      type: 'assistant',
      timestamp: '2026-01-01T00:00:00.000Z',
      message: {
        id,
        role: 'assistant',
        content: calls.map((call) => ({ type: 'tool_use', id: call, name: 'Bash', input: {} })),
        usage: { input_tokens: 0, output_tokens: output },
      },
    })}\n`;
  const bash = (more: Partial<HookPayload> = {}): Partial<HookPayload> => ({
    tool_name: 'Bash',
    tool_input: {},
    transcript_path: transcript,
    ...more,
  });
  const tokens = (events: Record<string, unknown>[]): unknown[] =>
    events.map(({ t, worker, inputTokens, outputTokens, source }) => [t, worker, inputTokens, outputTokens, source]);
  const usage = (count: number, worker?: string): unknown[] => ['usage', worker, 0, count, 'transcript'];
  const agent: NewEvent = { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' };
  const agentTranscript = (text: string): void => {
    mkdirSync(join(home, 's1/subagents'), { recursive: true });
    appendFileSync(join(home, 's1/subagents/agent-a1.jsonl'), text);
  };

  test('is read on where a budget stands, and only there', async () => {
    appendFileSync(transcript, line('m1', 100, ['c1']));
    expect(await look(bash())).toEqual([]);
    expect(tokens(await look(bash(), { log: [limit('budget:1k')] }))).toEqual([usage(100)]);
    expect(await look(bash())).toEqual([]);
    appendFileSync(transcript, line('m2', 50, ['c2']));
    expect(tokens(await look(bash({ tool_use_id: 'c2' })))).toEqual([usage(150)]);
  });

  test.each<[string, string, number, number, boolean]>([
    ['less than a hundredth of the budget', 'budget:100k', 100, 999, false],
    ['a hundredth of it', 'budget:100k', 100, 1000, true],
    ['little that crosses it', 'budget:1k', 999, 1, true],
    ['little that reaches no sum', 'budget:1k', 900, 9, false],
    ['what is nothing of a budget of time', 'budget:30m', 100, 5000, false],
    ['little of a budget in dollars', 'budget:$5', 100, 5000, false],
  ])('is written where it is more by %s', async (_what, until, first, more, isWritten) => {
    appendFileSync(transcript, line('m1', first, ['c1']));
    await look(bash(), { log: [limit(until)] });
    appendFileSync(transcript, line('m2', more, ['c2']));
    expect(types(await look(bash({ tool_use_id: 'c2' })))).toEqual(isWritten ? ['usage'] : []);
  });

  test('by an agent counts with its own transcript, and for the budget of all with those of the others', async () => {
    appendFileSync(transcript, line('m1', 100, ['c1']));
    agentTranscript(line('n1', 30, ['c2']));
    const own = { agent_id: 'a1', tool_use_id: 'c2' };
    expect(tokens(await look(bash(own), { log: [agent, limit('budget:1k', { match: { agent: '*' } })] }))).toEqual([
      usage(30, 'a1'),
    ]);
    agentTranscript(line('n2', 20, ['c3']));
    expect(tokens(await look(bash(), { log: [limit('budget:1k')] }))).toEqual([usage(100), usage(50, 'a1')]);
  });

  test('together crosses a budget where each is little', async () => {
    appendFileSync(transcript, line('m1', 50_000, ['c1']));
    agentTranscript(line('n1', 49_500, ['x']));
    await look(bash(), { log: [agent, limit('budget:100k')] });
    appendFileSync(transcript, line('m2', 300, ['c2']));
    agentTranscript(line('n2', 300, ['y']));
    expect(tokens(await look(bash({ tool_use_id: 'c2' })))).toEqual([usage(50_300), usage(49_800, 'a1')]);
  });

  test('is nothing without a transcript, or where that is no transcript', async () => {
    const log = [limit('budget:1k')];
    expect(await look({ tool_name: 'Bash', tool_input: {} }, { log })).toEqual([]);
    expect(await look(bash())).toEqual([]);
    writeFileSync(join(home, 's1.txt'), line('m1', 100, ['c1']));
    expect(await look(bash({ transcript_path: join(home, 's1.txt') }))).toEqual([]);
  });

  test('is counted anew where what was kept of it is damaged', async () => {
    appendFileSync(transcript, line('m1', 100, ['c1']));
    await look(bash(), { log: [limit('budget:1k')] });
    const kept = sessionPaths(dir).spentOf('conductor');
    for (const broken of ['', '7', '{}', '{"inode":1,"end":-1,"input":0,"output":0,"messages":[],"calls":[]}']) {
      writeFileSync(kept, broken);
      expect(await look(bash()), broken).toEqual([]);
    }
    appendFileSync(transcript, line('m2', 50, ['c2']));
    writeFileSync(kept, '{"inode":1,"end":5,"input":9,"output":9,"messages":[[1,2,3]],"calls":[]}');
    expect(tokens(await look(bash({ tool_use_id: 'c2' })))).toEqual([usage(150)]);
  });
});
