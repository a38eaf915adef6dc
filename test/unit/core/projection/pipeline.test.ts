import { expect, test } from 'vitest';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { fold, started, T0 } from '#test/unit/core/fold/world.ts';

const viewOf = (events: object[]): ViewModel =>
  toViewModel(fold(events), { now: T0 + 60_000, silentSeconds: 120, id: 's1', live: true });
const stages = (events: object[]): string[][] =>
  viewOf(events).pipeline.map((stage) => stage.map(({ worker }) => worker));
const plan = (...workers: object[]): object => ({ t: 'plan', run: 'R1', sha256: 'x', workers });

test('workers are in stages by their prerequisites; those without a link are left out', () => {
  const events = [
    plan(
      { worker: 'W1' },
      { worker: 'W2' },
      { worker: 'W3', after: ['done:W1', 'ok:W2'] },
      { worker: 'W4', after: ['done:W1', 'done:W3', 'free:db'] },
      { worker: 'W5' },
      { worker: 'W6', after: ['checkpoint:ready'] },
    ),
    { t: 'acquire', worker: 'W5', resource: 'db', id: 'a' },
    { t: 'spawn', worker: 'W1', pid: 9, task: 'load' },
    { t: 'exit', worker: 'W1', code: 0 },
  ];
  expect(stages(events)).toEqual([['W1', 'W2'], ['W3'], ['W4']]);
  expect(viewOf(events).pipeline[2]).toEqual([
    {
      worker: 'W4',
      state: 'planned',
      after: [
        { worker: 'W1', ended: true },
        { worker: 'W3', ended: false },
      ],
      until: ['db is free'],
      handsTo: [],
    },
  ]);
});

test('work that is handed on links two known workers, also when it is handed back', () => {
  const handoff = (worker: string, to: string, task?: string): object => ({ t: 'handoff', worker, to, task });
  expect(stages([...started(3), handoff('W1', 'W2', 'rows'), handoff('W1', 'nobody'), handoff('W1', 'W1')])).toEqual([
    ['W1'],
    ['W2'],
  ]);
  const circle = [...started(3), handoff('W1', 'W2'), handoff('W2', 'W1'), handoff('W2', 'W3')];
  expect(stages(circle)).toEqual([['W1'], ['W2'], ['W3']]);
  expect(viewOf([...started(2), handoff('W1', 'W2', 'rows')]).pipeline[0]?.[0]?.handsTo).toEqual([
    { worker: 'W2', task: 'rows' },
  ]);
});

test('a chain of any length is a pipeline, in whatever order it is logged', () => {
  const chain = Array.from({ length: 5000 }, (_, i) => ({ t: 'spawn', worker: `W${i}`, after: [`done:W${i + 1}`] }));
  const { pipeline } = viewOf(chain);
  expect(pipeline.length).toBe(5000);
  expect(pipeline[0]?.[0]?.worker).toBe('W4999');
});

test('no link, no pipeline', () => {
  expect(viewOf(started(5)).pipeline).toEqual([]);
});

const acquire = (worker: string, id: string, extra: object = {}): object => ({
  t: 'acquire',
  worker,
  resource: 'db',
  id,
  wait: true,
  ...extra,
});

test('a former holder is shown until it knows of the loss, and among the latest afterwards', () => {
  const events = [
    ...started(2),
    acquire('W1', 'a'),
    { t: 'release', worker: 'W1', resource: 'db', by: 'user', ts: T0 + 9000 },
  ];
  const lost = { worker: 'W1', token: 300, why: 'broken by user', ts: T0 + 9000 };
  expect(viewOf(events).locks).toMatchObject([{ holders: [], waiters: [], former: [{ ...lost, told: false }] }]);
  const delivered = [...events, { t: 'delivered', ref: 400, hook: 'h1' }];
  // no holder, no queue, and the former holder knows
  expect(viewOf(delivered).locks).toEqual([]);
  expect(viewOf([...delivered, acquire('W2', 'b')]).locks).toMatchObject([{ former: [{ ...lost, told: true }] }]);
});

test('a worker that ended with a lock gets no note of the loss', () => {
  const events = [...started(2), acquire('W1', 'a'), acquire('W2', 'b'), { t: 'exit', worker: 'W1', code: 0 }];
  expect(viewOf(events).locks).toMatchObject([{ holders: [{ worker: 'W2' }], former: [] }]);
});
