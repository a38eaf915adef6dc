import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { append, createLog } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { eventAt, LogTail } from '#core/log/logTail.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let dir: string;
const types = (tail: LogTail): unknown[] =>
  tail.next().map((line) => ('value' in line ? (line.value as { t: string }).t : line.damage));
beforeEach(() => {
  dir = join(tempDir(), 'session');
  createLog(dir, Date.now());
});

test('a tail gives each line once', () => {
  const tail = new LogTail(dir);
  expect(types(tail)).toEqual(['open']);
  append(dir, Date.now(), { t: 'done', worker: 'W1' }, { t: 'done', worker: 'W2' });
  expect(types(tail)).toEqual(['done', 'done']);
  expect(types(tail)).toEqual([]);
  expect(tail.generation).toBe(0);
});

test.each([
  ['replaced by another file', () => (rmSync(sessionPaths(dir).log), createLog(dir, Date.now()))],
  ['cut', () => truncateSync(sessionPaths(dir).log, readFileSync(sessionPaths(dir).log).indexOf('\n') + 1)],
  [
    'cut and grown beyond where it was',
    () => writeFileSync(sessionPaths(dir).log, `{"t":"open","format":1,"nonce":"other"}\n${' \n'.repeat(500)}`),
  ],
])('a log that was %s is read from its beginning, as another generation', (_name, replace) => {
  const tail = new LogTail(dir);
  append(dir, Date.now(), { t: 'done', worker: 'W1' });
  expect(types(tail)).toEqual(['open', 'done']);
  replace();
  expect(types(tail)).toEqual(['open']);
  expect(tail.generation).toBe(1);
  append(dir, Date.now(), { t: 'vote', worker: 'W1', decision: 'proceed' });
  expect(types(tail)).toEqual(['vote']);
  expect(tail.generation).toBe(1);
});

test('a log that was cut and has regrown behind the same first lines is read from its beginning', () => {
  const tail = new LogTail(dir);
  append(dir, Date.now(), { t: 'spawn', worker: 'W1', task: 'x'.repeat(200) });
  const { size } = statSync(sessionPaths(dir).log);
  append(dir, Date.now(), { t: 'done', worker: 'W1' });
  expect(types(tail)).toEqual(['open', 'spawn', 'done']);
  truncateSync(sessionPaths(dir).log, size);
  append(dir, Date.now(), { t: 'vote', worker: 'W1', decision: 'proceed', reason: 'y'.repeat(2000) });
  expect(types(tail)).toEqual(['open', 'spawn', 'vote']);
  expect(tail.generation).toBe(1);
});

test('an event is found by the position of its line', () => {
  append(dir, Date.now(), { t: 'handoff', worker: 'W1', to: 'W2', data: { a: 1 } }, { t: 'done', worker: 'W1' });
  const log = new SessionLog(dir);
  log.refresh();
  const { pos } = [...log.state.notes.values()][0] ?? { pos: -1 };
  expect(eventAt(dir, pos)).toMatchObject({ t: 'handoff', to: 'W2', data: { a: 1 } });
  expect(eventAt(dir, pos + 1)).toBeUndefined();
  expect(eventAt(dir, 1e9)).toBeUndefined();
});
