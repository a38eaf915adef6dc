import { expect, test } from 'vitest';
import { emptyState } from '#core/fold/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { describeSession } from '#extension/status/describeSession.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { foldBytes, foldUpTo } from './recorded.ts';

const BASE = Date.UTC(2026, 0, 1);

function view(now: number, main = foldUpTo('tasks/1.jsonl', '"name":"Edit"')): ViewModel {
  const state = emptyState();
  let pos = 0;
  const applyEvent = (value: object): unknown => reduce(state, { pos: pos++, value });
  applyEvent({ t: 'session', session: 's1', cwd: '/p/project', ts: BASE });
  applyEvent({ t: 'turn', state: 'working', ts: BASE });
  applyEvent({ t: 'spawn', worker: 'a1', ts: BASE });
  const agents = new Map([
    ['a1', { state: foldUpTo('tasks/1.jsonl', '"name":"Read"'), task: 'look', kind: 'Explore' }],
  ]);
  return toViewModel(state, { now, silentSeconds: 120, id: 's1', live: true, transcript: { main, agents } });
}

test('a session has what its transcript tells, and so has a subagent', () => {
  const { session, workers } = view(BASE + 1000);
  expect(session.transcript?.tasks).toEqual({ done: 1, total: 3, current: 'writing tests' });
  expect(workers[0]).toMatchObject({
    task: 'look',
    kind: 'Explore',
    progress: { pct: 0, message: '0 of 3: reading the code' },
    activity: { text: 'Read src/a.ts' },
    tokens: { input: 30, output: 15 },
    silent: false,
  });
  expect(view(BASE + 200_000).workers[0]?.silent).toBe(true);
});

test('a transcript that is not understood takes nothing away', () => {
  const { session, workers } = view(BASE, foldBytes(Buffer.from('{"v":9}\n[]\nnot json\n')));
  expect([session.transcript, session.conductor.state, workers.length]).toEqual([undefined, 'working', 1]);
});

test('one line says what a session is at', () => {
  expect(describeSession(view(BASE))).toBe('working · 1 of 3: writing tests · Edit src/a.ts · 1 at work');
  const ended = view(BASE);
  expect(describeSession({ ...ended, session: { ...ended.session, live: false } })).toBe('ended');
});
