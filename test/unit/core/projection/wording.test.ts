import { expect, test } from 'vitest';
import { emptyState } from '#core/fold/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { toMessages, translated } from '#protocol/formatMessage.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { VIEW_TEXTS } from '#protocol/viewTexts.ts';
import { pseudo } from '#test/lib/pseudoLocale.ts';

const T0 = 1_795_000_000_000;
const MINUTE = 60_000;
const elsewhere = toMessages(
  translated(VIEW_TEXTS, (text) => pseudo(text)),
  'en',
);

/** Words of agents and people in Cyrillic letters, so that all Latin letters are Fermata's own or names. */
const LOG: object[] = [
  { t: 'session', session: 's1', cwd: '/п', source: 'startup' },
  { t: 'prompt', text: 'привет' },
  { t: 'turn', state: 'working' },
  { t: 'plan', run: 'R1', ask: true, workers: [{ worker: 'W9', task: 'план' }] },
  { t: 'spawn', worker: 'W1', task: 'тест', pid: 41 },
  { t: 'spawn', worker: 'W2', task: 'груз', pid: 42 },
  { t: 'spawn', worker: 'W3', task: 'сон', pid: 43 },
  {
    t: 'hook',
    worker: 'W1',
    event: 'PreToolUse',
    exit: 2,
    stderr: 'жди',
    match: { tool: 'Bash' },
    until: ['done:W2', 'done:W3', 'decided:вот'],
  },
  { t: 'hook', worker: 'W2', event: 'Stop', exit: 2, stderr: 'стой', until: 'ok:W1' },
  { t: 'held', block: 'B1', id: 'h1', tool: 'Bash', summary: 'эхо', call: 'c1' },
  { t: 'acquire', worker: 'W2', resource: 'дб' },
  { t: 'acquire', worker: 'W3', resource: 'кэш' },
  { t: 'acquire', worker: 'W2', resource: 'кэш', wait: true },
  { t: 'acquire', worker: 'W3', resource: 'дб', wait: true },
  { t: 'collision', worker: 'conductor', other: 'W2', file: '/п/ф' },
  { t: 'ballot', worker: 'W1', ballot: 'вот' },
  { t: 'vote', worker: 'W1', ballot: 'вот', decision: 'да' },
  { t: 'tell', worker: 'W1', by: 'W1', to: 'user', text: 'эй' },
  { t: 'checkpoint', worker: 'W2', name: 'точка' },
  { t: 'handoff', worker: 'W2', to: 'W3' },
  { t: 'ask', ask: 'p1', tool: 'Bash', summary: 'пуш' },
  { t: 'exit', worker: 'W1', code: 3 },
  { t: 'abort', worker: 'W8', by: 'user' },
];

function viewIn(texts?: typeof elsewhere): ViewModel {
  const state = emptyState();
  for (const [i, event] of LOG.entries()) reduce(state, { pos: i * 100, value: { ts: T0 + i, ...event } });
  return toViewModel(state, { now: T0 + MINUTE, silentSeconds: 120, id: 's1', live: true, texts });
}

/** What of a view is a sentence for a person. */
function sentences(view: ViewModel): string[] {
  return [
    view.session.conductor.reason,
    ...view.activity.map(({ text }) => text),
    ...view.notices.filter(({ kind }) => kind !== 'log').map(({ text }) => text),
    ...view.blocks.flatMap(({ concerns, endsWhen, stuck }) => [concerns, endsWhen, stuck?.why]),
    ...view.calls.flatMap(({ reasons }) => reasons.flatMap(({ endsWhen, stuck }) => [endsWhen, stuck])),
    ...view.workers.flatMap(({ waitingFor, problem }) => [waitingFor, problem]),
  ].filter((text) => text !== undefined);
}

/** Not translated: tools, events, ids, decisions, the levels of a log. */
const NAMES = /\b(Bash|PreToolUse|Stop|[WBR]\d+|ETA)\b/g;

test('every sentence of a view is in the language of the surface', () => {
  const [english, other] = [sentences(viewIn()), sentences(viewIn(elsewhere))];
  expect(english.length).toBeGreaterThan(30);
  expect(other).toHaveLength(english.length);
  const left = other.filter((text) => /[a-z]{2}/i.test(text.replaceAll(NAMES, '')));
  expect(left).toEqual([]);
});

test('ends of one kind are one sentence, and workers are called by their tasks', () => {
  const { calls, workers, session } = viewIn();
  expect(calls.find(({ state }) => state === 'held')?.reasons[0]?.endsWhen).toBe(
    'груз and сон are done and вот is decided',
  );
  expect(workers.find(({ id }) => id === 'W2')?.waitingFor).toBe('кэш (held by сон)');
  expect(session.conductor.reason).toBe('wants to run пуш');
});
