import { expect, test } from 'vitest';
import type { WorkerView } from '#protocol/viewModel.ts';
import { groupByRun } from '#webview/panel/workerTree.ts';

const worker = (id: string, parent?: string): WorkerView => ({ id, parent, state: 'running' }) as WorkerView;
const rowsOf = (workers: WorkerView[]) => groupByRun(workers, new Set()).flatMap(({ rows }) => rows);

test('a child is below its parent', () => {
  expect(rowsOf([worker('c', 'p'), worker('p')]).map(({ worker: { id }, depth }) => [id, depth])).toEqual([
    ['p', 0],
    ['c', 1],
  ]);
});

test.each([
  ['a chain', (i: number) => (i === 0 ? undefined : `W${i - 1}`)],
  ['a chain in the other order', (i: number) => `W${i + 1}`],
  ['a circle', (i: number) => `W${(i + 1) % 20_000}`],
  ['itself', (i: number) => `W${i}`],
])('of 20,000 workers whose parents are %s each has one row, and none is deep', (_name, parentOf) => {
  const rows = rowsOf(Array.from({ length: 20_000 }, (_, i) => worker(`W${i}`, parentOf(i))));
  expect(new Set(rows.map((row) => row.worker.id)).size).toBe(20_000);
  expect(rows).toHaveLength(20_000);
  expect(Math.max(...rows.slice(0, 1000).map(({ depth }) => depth))).toBeLessThan(16);
});
