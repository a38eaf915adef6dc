import { expect, test } from 'vitest';
import { transcriptView } from '#core/claude/transcript/transcriptView.ts';
import { foldBytes, foldUpTo, recorded } from './recorded.ts';

const view = (name: string) => transcriptView(foldBytes(recorded(name)));
const lines = (...entries: object[]): Buffer => Buffer.from(entries.map((e) => `${JSON.stringify(e)}\n`).join(''));

let message = 0;
const assistantMessage = (content: object[], more: object = {}): object => ({
  type: 'assistant',
  timestamp: '2026-01-01T00:00:00.000Z',
  message: { id: `m${++message}`, content, stop_reason: 'tool_use', usage: { output_tokens: 1 }, ...more },
});
const use = (id: string, name: string, input: object): object => ({ type: 'tool_use', id, name, input });
const result = (id: string, more: object = {}): object => ({
  type: 'user',
  message: { content: [{ type: 'tool_result', tool_use_id: id, ...more }] },
});

test('the task list says how far the session is, and with what', () => {
  expect(transcriptView(foldUpTo('tasks/1.jsonl', '"name":"Edit"'))).toEqual({
    tasks: { done: 1, total: 3, current: 'writing tests' },
    activity: { text: 'Edit src/a.ts', sinceTs: Date.UTC(2026, 0, 1) },
    tokens: { input: 50, output: 25, cacheRead: 0 },
    contextTokens: 10,
    model: 'claude-opus-4-8',
  });
});

test('a deleted task is gone, an update that failed changes nothing, and the turn has ended', () => {
  const state = foldBytes(recorded('tasks/1.jsonl'));
  expect(transcriptView(state)?.tasks).toEqual({ done: 1, total: 2, current: 'writing tests' });
  expect(transcriptView(state)?.activity).toBeUndefined();
  expect(state.turn?.state).toBe('idle');
});

test('sessions without task tools have their list from TodoWrite', () => {
  expect(view('todos/1.jsonl')?.tasks).toEqual({ done: 1, total: 2, current: 'writing' });
});

test('a message is counted once, however many lines it has and though a compaction writes it again', () => {
  // ten answers, one of which stands in four lines
  expect(view('tasks/1.jsonl')?.tokens).toEqual({ input: 100, output: 50, cacheRead: 0 });
  expect(view('compact/1.jsonl')?.tokens).toEqual({ input: 40, output: 20, cacheRead: 0 });
});

test('the last numbers of a message count, and what came from the cache is told apart', () => {
  const usage = (output: number): object => ({
    id: 'm',
    usage: {
      input_tokens: 3,
      cache_creation_input_tokens: 20,
      cache_read_input_tokens: 4000,
      output_tokens: output,
    },
  });
  expect(
    transcriptView(foldBytes(lines(assistantMessage([], usage(1)), assistantMessage([], usage(70)))))?.tokens,
  ).toEqual({
    input: 23,
    output: 70,
    cacheRead: 4000,
  });
});

test('the context is what the latest message of the model has read, and the cost is what Claude Code wrote', () => {
  const usage = { input_tokens: 3, cache_creation_input_tokens: 20, cache_read_input_tokens: 4000, output_tokens: 9 };
  const cost = { type: 'cost-state', totalCostUSD: 1.25 };
  const messages = [
    assistantMessage([], { model: 'claude-x', usage: { input_tokens: 9000 } }),
    assistantMessage([], { model: 'claude-x', usage }),
    assistantMessage([], { model: '<synthetic>', usage: { input_tokens: 0 } }),
  ];
  expect(transcriptView(foldBytes(lines(...messages)))).toMatchObject({ contextTokens: 4023, costUsd: undefined });
  expect(transcriptView(foldBytes(lines(...messages, cost)))?.costUsd).toBe(1.25);
  const odd = [{ ...cost, totalCostUSD: 'much' }, { ...cost, totalCostUSD: -1 }, { type: 'cost-state' }];
  expect(transcriptView(foldBytes(lines(...messages, ...odd)))?.costUsd).toBeUndefined();
});

test('files count as edited when the call has succeeded', () => {
  const edits = foldBytes(recorded('tasks/1.jsonl')).edits;
  expect([...edits.keys()]).toEqual(['/p/project/src/a.ts', '/p/project/src/b.ts']);
  const failed = lines(
    assistantMessage([use('t1', 'Edit', { file_path: '/p/a' }), use('t2', 'NotebookEdit', { notebook_path: '/p/b' })]),
    result('t1', { is_error: true }),
    result('t2'),
  );
  expect([...foldBytes(failed).edits.keys()]).toEqual(['/p/b']);
});

test('a subagent’s own transcript is read like any other', () => {
  expect(view('subagents/1/subagents/agent-a1.jsonl')).toMatchObject({ tokens: { input: 30, output: 15 } });
  expect([...foldBytes(recorded('subagents/1/subagents/agent-a1.jsonl')).edits.keys()]).toEqual([
    '/p/project/src/a.ts',
  ]);
});

test('a call whose result was too long to read ends with the next message', () => {
  const state = foldBytes(
    lines(
      assistantMessage([
        use('t1', 'Bash', { command: 'npm test\nrm x' }),
        use('t2', 'Read', { file_path: '/elsewhere/x' }),
      ]),
      result('t2'),
    ),
  );
  expect(transcriptView(state)?.activity?.text).toBe('Bash: npm test');
  const later = lines(
    assistantMessage([use('t1', 'Bash', { command: 'npm test' })]),
    { huge: 'x'.repeat(300_000) },
    assistantMessage([]),
  );
  expect(foldBytes(later).calls.size).toBe(0);
});

test('interrupting ends the turn and what was under way', () => {
  const state = foldBytes(
    lines(assistantMessage([use('t1', 'Bash', { command: 'sleep 9' })]), {
      type: 'user',
      message: { content: [{ type: 'text', text: '[Request interrupted by user for tool use]' }] },
    }),
  );
  expect([state.turn?.state, state.calls.size]).toEqual(['idle', 0]);
});

test('a turn whose end a hook refused goes on', () => {
  const end = assistantMessage([], { stop_reason: 'end_turn' });
  const feedback = {
    timestamp: '2026-01-01T00:00:05.000Z',
    type: 'user',
    message: { content: 'Stop hook feedback:\nno' },
  };
  expect(foldBytes(lines(end, { ...feedback, isMeta: true }))).toMatchObject({
    turn: { state: 'working', sinceTs: Date.parse(feedback.timestamp), refused: true },
  });
  // a person may write that, too
  expect(foldBytes(lines(end, feedback)).turn?.refused).toBeUndefined();
  const endsAfter = { ...assistantMessage([], { stop_reason: 'end_turn' }), timestamp: '2026-01-01T00:00:06.000Z' };
  expect(foldBytes(lines(end, { ...feedback, isMeta: true }, endsAfter)).turn?.refused).toBeUndefined();
});

test('a turn that a hook’s context keeps going goes on, and context of another event changes nothing', () => {
  const end = assistantMessage([], { stop_reason: 'end_turn' });
  const given = (hookEvent: string): object => ({
    timestamp: '2026-01-01T00:00:05.000Z',
    type: 'attachment',
    attachment: { type: 'hook_additional_context', content: ['look again'], hookName: hookEvent, hookEvent },
  });
  expect(foldBytes(lines(end, given('Stop'))).turn).toMatchObject({ state: 'working', refused: true });
  expect(foldBytes(lines(end, given('SubagentStop'))).turn).toMatchObject({ state: 'working', refused: true });
  expect(foldBytes(lines(end, given('PostToolUse'))).turn?.state).toBe('idle');
});

test('the CLI’s own commands start no turn', () => {
  const state = foldBytes(
    lines({ type: 'user', message: { content: '<local-command-stdout>Compacted</local-command-stdout>' } }),
  );
  expect(state.turn).toBeUndefined();
});

test('where nothing is understood there is nothing to show', () => {
  const other = lines({ kind: 'message', v: 9 }, { type: 'assistant', message: 'now a text' }, { type: 'summary' });
  const state = foldBytes(other);
  expect(transcriptView(state)).toBeUndefined();
  expect(state.lines).toEqual({ understood: 0, other: 1, unknown: 2 });
});

test('an interrupted turn is over, unless a prompt that waited has begun the next one', () => {
  const user = (content: unknown, ms: number): object => ({
    type: 'user',
    timestamp: new Date(Date.UTC(2026, 0, 1) + ms).toISOString(),
    message: { content },
  });
  const interrupted = [{ type: 'text', text: '[Request interrupted by user for tool use]' }];
  const turnAfter = (...entries: object[]): unknown => foldBytes(lines(...entries)).turn;
  expect(turnAfter(user('go', 0), user(interrupted, 9000))).toMatchObject({ state: 'idle', interrupted: true });
  expect(turnAfter(user('go', 0), user('queued', 8900), user(interrupted, 9000))).toMatchObject({ state: 'working' });
  expect(turnAfter(user('go', 0), user(interrupted, 9000), user('next', 9100))).toMatchObject({ state: 'working' });
  // a turn may be over as soon as it has begun
  expect(turnAfter(user('go', 0), user(interrupted, 90))).toMatchObject({ state: 'idle', interrupted: true });
});

test('a turn that a hook ends is over', () => {
  const stopped = { type: 'attachment', attachment: { type: 'hook_stopped_continuation', hookEvent: 'PostToolBatch' } };
  const state = foldBytes(lines(assistantMessage([use('c1', 'Bash', { command: 'x' })]), stopped));
  expect(state.turn).toMatchObject({ state: 'idle', interrupted: true });
  expect(state.calls.size).toBe(0);
});

test('a shell in the background begins with the result of its call, and ends as Claude is told', () => {
  const started = (id: string, backgroundTaskId: unknown) => ({ ...result(id), toolUseResult: { backgroundTaskId } });
  const notification = (id: string, status: string): string =>
    `<task-notification>\n<task-id>${id}</task-id>\n<status>${status}</status>\n<summary>over</summary>\n</task-notification>`;
  const begin = lines(
    assistantMessage([
      use('t1', 'Bash', { command: 'npm run watch', description: 'Watch', run_in_background: true }),
      use('t2', 'Bash', { command: 'npm test' }),
      use('t3', 'Read', { file_path: '/p/a' }),
      use('t4', 'Bash', { command: 'sleep 9' }),
    ]),
    started('t1', 'bwv4icblf'),
    result('t2'),
    started('t3', 'b2'),
    started('t4', '../x'),
  );
  const shells = (...more: object[]) => foldBytes(Buffer.concat([begin, lines(...more)])).shells;
  expect([...shells()]).toMatchObject([['bwv4icblf', { command: 'npm run watch', task: 'Watch' }]]);
  const told = { type: 'user', message: { content: notification('bwv4icblf', 'completed') } };
  expect(shells(told).get('bwv4icblf')?.end).toMatchObject({ status: 'completed', summary: 'over' });
  const queued = { type: 'queued_command', prompt: notification('bwv4icblf', 'killed') };
  expect(shells({ type: 'attachment', attachment: queued }).get('bwv4icblf')?.end?.status).toBe('killed');
});
