import { expect, test } from 'vitest';
import type { ActivityView } from '#protocol/viewModel.ts';
import { iconOf, withoutRepetition } from '#webview/panel/activityRows.ts';

const row = (pos: number, t: string, text: string, worker = 'W1'): ActivityView => ({ pos, ts: pos, t, text, worker });

test('what a worker reports as it ends is one row, at the place of the newest', () => {
  const rows = [
    { ...row(2300, 'exit', 'ended with code 0'), endsWell: true as const },
    row(2200, 'done', 'done: 1,200 rows'),
    row(2100, 'checkpoint', 'reached merge-ready'),
    row(100, 'progress', 'loading'),
  ];
  expect(withoutRepetition(rows)).toEqual([
    { ...rows[0], t: 'done', text: 'reached merge-ready · done: 1,200 rows', endsWell: undefined },
    rows[3],
  ]);
});

test('two workers, a failure and what is far apart stay rows of their own', () => {
  const rows = [
    row(9000, 'exit', 'ended with code 0'),
    row(5000, 'done', 'done: 1,200 rows'),
    row(4900, 'checkpoint', 'reached merge-ready', 'W2'),
    row(4800, 'error', 'error: disk full'),
  ];
  expect(withoutRepetition(rows)).toBe(rows);
  const failed = [row(200, 'exit', 'ended with code 1'), row(100, 'checkpoint', 'reached merge-ready')];
  expect(withoutRepetition(failed).map(({ text }) => text)).toEqual(['reached merge-ready · ended with code 1']);
});

test('each activity has an icon, an unknown one as well', () => {
  expect(iconOf(row(1, 'error', ''))).toEqual({ name: 'error', tone: 'bad' });
  expect(iconOf(row(1, 'constructor', ''))).toEqual({ name: 'circle', tone: 'quiet' });
});
