import { expect, test } from 'vitest';
import { describeAsk } from '#core/fold/asks.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, started, T0 } from './world.ts';

const ask = (id: string, more: object = {}): object => ({ t: 'ask', ask: id, tool: 'Bash', summary: id, ...more });
const answer = (id: string): object => ({ t: 'answer', ask: id, decision: 'allow', by: 'user' });
const turn = (state: string): object => ({ t: 'turn', state });
const agent = { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' };

const conductor = ({ conductor: { state, reason, sinceTs } }: SessionState) => [
  state,
  reason,
  sinceTs === undefined ? undefined : (sinceTs - T0) / 1000,
];
const open = ({ asks }: SessionState): string[] => [...asks.keys()];

test('Claude waits for the answer to its own requests, and goes on as before after the last one', () => {
  const state = fold([turn('working'), ask('p1'), ask('p2')]);
  expect(conductor(state)).toEqual(['waiting', 'for your permission: Bash p2', 1]);
  fold([answer('p2')], state, 3);
  expect(conductor(state)).toEqual(['waiting', 'for your permission: Bash p1', 1]);
  fold([answer('p1')], state, 4);
  expect(conductor(state)).toEqual(['working', undefined, 4]);
  expect(conductor(fold([turn('idle'), ask('p1'), answer('p1')]))).toEqual(['idle', undefined, 2]);
});

test('an answer to no request changes nothing, nor does one after Claude has gone on', () => {
  expect(conductor(fold([turn('working'), ask('p1'), answer('p9')]))).toEqual([
    'waiting',
    'for your permission: Bash p1',
    1,
  ]);
  const ended = fold([turn('working'), ask('p1', { worker: 'a1' }), turn('idle'), answer('p1')]);
  expect(conductor(ended)).toEqual(['idle', undefined, 2]);
});

test('a request of a subagent is open in the terminal of Claude; one of another session is not', () => {
  expect(conductor(fold([agent, turn('working'), ask('p1', { worker: 'a1' })]))[0]).toBe('waiting');
  const other = fold([...started(1), turn('working'), ask('p1', { worker: 'W1' })]);
  expect([conductor(other)[0], open(other)]).toEqual(['working', ['p1']]);
  // and Claude waits on for none of those
  const both = fold([...started(1), turn('working'), ask('p1', { worker: 'W1' }), ask('p2'), answer('p2')]);
  expect(conductor(both)[0]).toBe('working');
});

test('with a new turn the own requests of Claude are gone, and with its end those of a worker', () => {
  const asked = [agent, ...started(2), ask('p1'), ask('p2', { worker: 'W1' }), ask('p3', { worker: 'a1' })];
  const state = fold(asked);
  expect(open(state)).toEqual(['p1', 'p2', 'p3']);
  expect(open(fold([turn('working')], state, 10))).toEqual(['p2', 'p3']);
  expect(open(fold([{ t: 'exit', worker: 'W1', code: 0 }], state, 11))).toEqual(['p3']);
  // what a worker still asked for as it ended is over with the next turn
  const late = fold([...started(1), { t: 'exit', worker: 'W1', code: 0 }, ask('p1', { worker: 'W1' })]);
  expect(open(late)).toEqual(['p1']);
  expect(open(fold([turn('working')], late, 10))).toEqual([]);
  // Claude that waits is in the same turn
  expect(open(fold([...asked, turn('waiting')]))).toEqual(['p1', 'p2', 'p3']);
});

test('what is kept of a request: whether it can be answered, by whom it is, since when; and of very many the first', () => {
  expect([...fold([ask('p1', { worker: 'a1', answerable: true })]).asks.values()]).toEqual([
    { id: 'p1', tool: 'Bash', summary: 'p1', pos: 0, sinceTs: T0, worker: 'a1', answerable: true },
  ]);
  expect(fold([ask('p1', { answerable: false })]).asks.get('p1')).not.toHaveProperty('answerable');
  const many = fold(Array.from({ length: 60 }, (_, i) => ask(`p${i}`)));
  expect([many.asks.size, many.conductor.reason]).toEqual([50, 'for your permission: Bash p49']);
  expect(fold([ask('p7', { summary: 'again' })], many, 60).asks.get('p7')?.summary).toBe('again');
});

test.each([
  ['Bash', 'npm test\nrm x', 'for your permission: Bash npm test'],
  ['Bash', '', 'for your permission: Bash'],
  ['AskUserQuestion', 'Which one?', 'for your answer: Which one?'],
  ['ExitPlanMode', 'the plan', 'for your word on its plan'],
  ['Read', 'x'.repeat(500), expect.stringMatching(/^for your permission: Read x{100,120}…$/)],
])('a request of %s about %j is shown as %s', (tool, summary, text) => {
  expect(describeAsk({ tool, summary })).toEqual(text);
});
