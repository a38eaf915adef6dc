import { expect, test } from 'vitest';
import { foldSteps, noSteps, type LatestSteps } from '#core/claude/transcript/steps.ts';
import { emptyState } from '#core/fold/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import { peekView } from '#core/projection/peek.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { assistant, call, line, prompt, result } from './entries.ts';
import { recorded } from './recorded.ts';

function steps(...entries: object[]): LatestSteps {
  const latest = noSteps();
  new LineReader().push(Buffer.from(entries.map(line).join('')), (each) => foldSteps(latest, each));
  return latest;
}

const peek = (latest: LatestSteps | undefined, worker?: string) =>
  peekView({ log: emptyState(), latest, whole: undefined }, { session: 'S', worker });

test('the last six steps, one line each, the oldest first, and the latest prompt', () => {
  const entries = Array.from({ length: 5 }, (_, i) => [
    assistant([call(`t${i}`, 'Edit', { file_path: `/p/src/${i}.ts` })], { at: 2 * i }),
    result(`t${i}`, `edited\n  it ${i}`, { at: 2 * i + 1, failed: i === 4 }),
  ]);
  const view = peek(steps(prompt('first'), prompt('then this'), ...entries.flat()));
  expect(view.prompt).toBe('then this');
  expect(view.steps.map(({ kind, text, failed }) => [kind, text, failed])).toEqual([
    ['call', 'Edit src/2.ts', undefined],
    ['result', 'edited it 2', undefined],
    ['call', 'Edit src/3.ts', undefined],
    ['result', 'edited it 3', undefined],
    ['call', 'Edit src/4.ts', undefined],
    ['result', 'edited it 4', true],
  ]);
  expect(view.steps[0]?.ts).toBe(Date.UTC(2026, 0, 1, 0, 0, 4));
  expect(view.calls).toEqual([]);
});

test('a call without a result is there in full: the command, the plan, the question with its answers', () => {
  const command = `sh merge.sh ${'--table x '.repeat(100)}`;
  const questions = [
    { question: 'Redis, or in memory?', options: [{ label: 'Redis', description: 'shared' }, { label: 'Memory' }] },
  ];
  const view = peek(
    steps(
      assistant([
        call('a', 'Bash', { command, description: 'merge' }),
        call('b', 'ExitPlanMode', { plan: '1. read\n2. write' }),
        call('c', 'AskUserQuestion', { questions }),
        call('d', 'Other', { one: 1, text: 'two\nlines' }),
      ]),
    ),
  );
  expect(view.calls.map(({ text }) => text)).toEqual([
    command,
    '1. read\n2. write',
    'Redis, or in memory?\n- Redis: shared\n- Memory',
    'one: 1\ntext:\ntwo\nlines',
  ]);
});

test('secrets are masked, and long texts are cut', () => {
  const secret = `sk-ant-api03-${'a1B2'.repeat(20)}`;
  const view = peek(
    steps(
      prompt(`use ${secret}`),
      assistant([{ type: 'text', text: `I have ${secret} ${'x'.repeat(100_000)}` }]),
      assistant([call('a', 'Bash', { command: `curl -H "Authorization: Bearer ${secret}"` })]),
    ),
  );
  expect(JSON.stringify(view)).not.toContain('a1B2a1B2');
  expect(view.prompt).toMatch(/^use /);
  expect(view.steps[0]?.text.length).toBeLessThan(200);
  expect(JSON.stringify(view).length).toBeLessThan(2000);
});

test('its memory does not grow with the transcript', () => {
  const latest = steps(
    ...Array.from({ length: 500 }, (_, i) => assistant([call(`t${i}`, 'Bash', { command: 'x'.repeat(50_000) })])),
  );
  expect([latest.steps.length, latest.inputs.size]).toEqual([6, 20]);
  expect(JSON.stringify([latest.steps, [...latest.inputs]]).length).toBeLessThan(200_000);
});

test('a subagent was asked by its first message', () => {
  const latest = noSteps();
  new LineReader().push(recorded('subagents/1/subagents/agent-a1.jsonl'), (each) => foldSteps(latest, each));
  expect(peek(latest, 'a1')).toMatchObject({ prompt: 'look around', transcript: 'read', contextTokens: 10 });
});

test('without a transcript the log is what is known; one of unknown shape is called that', () => {
  const log = emptyState();
  reduce(log, { pos: 0, value: { t: 'spawn', worker: 'W1', task: 'Load the data' } });
  reduce(log, { pos: 1, value: { t: 'checkpoint', worker: 'W1', name: 'half' } });
  reduce(log, { pos: 2, value: { t: 'checkpoint', worker: 'W2', name: 'other' } });
  expect(peekView({ log, latest: undefined, whole: undefined }, { session: 'S', worker: 'W1' })).toMatchObject({
    prompt: 'Load the data',
    transcript: 'missing',
    steps: [
      { kind: 'event', text: 'started: Load the data' },
      { kind: 'event', text: 'reached half' },
    ],
  });
  expect(peek(steps({ shape: 'new' }, {})).transcript).toBe('unread');
  expect(peek(steps()).transcript).toBe('read');
});
