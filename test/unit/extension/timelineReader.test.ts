import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { TimelineLog } from '#extension/timeline/timelineLog.ts';
import { TimelineReader } from '#extension/timeline/timelineReader.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { story, storyLines } from '#test/lib/timelineStory.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

let dir: string;
let log: string;
const about = { id: 's', title: 's', live: true };
const content = `${storyLines().join('\n')}\n`;

beforeEach(() => {
  dir = join(tempDir(), 'session');
  mkdirSync(dir);
  log = join(dir, 'events.jsonl');
});

/** What a log says, but for where its lines are: those of the story are 100 bytes each. */
const plain = (view: { lanes: unknown }): unknown =>
  JSON.parse(JSON.stringify(view.lanes, (key, value: unknown) => (key === 'pos' ? undefined : value)));

test('is the same whether a log is read at once, by small stretches, or as it grows', () => {
  writeFileSync(log, content);
  const atOnce = new TimelineLog(dir);
  expect(atOnce.read(Infinity)).toBe(false);
  const byStretches = new TimelineLog(dir);
  let stretches = 1;
  while (byStretches.read(1)) stretches++;
  writeFileSync(log, '');
  const growing = new TimelineLog(dir);
  for (let at = 0; at < content.length; at += 37) {
    appendFileSync(log, content.slice(at, at + 37));
    while (growing.read());
  }
  const expected = atOnce.view(about, 0, true);
  expect(plain(expected)).toEqual(plain(story()));
  expect(stretches).toBe(1);
  expect(byStretches.view(about, 0, true)).toEqual(expected);
  expect(growing.view(about, 0, true)).toEqual(expected);
});

test('a long log is read a stretch at a time, says how much, and shows nothing of it before all is read', async () => {
  const line = `${JSON.stringify({ t: 'checkpoint', worker: 'W1', name: 'x'.repeat(900) })}\n`;
  writeFileSync(log, line.repeat(2000));
  const seen: { read: number; lanes: number }[] = [];
  const reader: TimelineReader = new TimelineReader({
    dir,
    onChange: () => {
      const { read, lanes } = reader.view(about, 0);
      seen.push({ read, lanes: lanes.length });
    },
  });
  reader.poll();
  await waitFor(() => seen.at(-1)?.read === 1, { describe: 'all to be read' });
  expect(seen.length).toBeGreaterThan(5);
  expect(seen.map(({ read }) => read)).toEqual(seen.map(({ read }) => read).toSorted((a, b) => a - b));
  expect(seen.slice(0, -1).every(({ lanes }) => lanes === 0)).toBe(true);
  expect(seen.at(-1)?.lanes).toBe(2);
  reader.dispose();
});

test('what is appended is read when it is told to look; another log in its place is begun anew', async () => {
  writeFileSync(log, content);
  const reader = new TimelineReader({ dir, onChange: () => undefined });
  const events = (): number => reader.view(about, 0).events;
  reader.poll();
  await waitFor(() => events() === storyLines().length, { describe: 'the story' });
  appendFileSync(log, '{"t":"done","worker":"W3"}\n');
  reader.poll();
  await waitFor(() => events() === storyLines().length + 1, { describe: 'one more' });
  rmSync(log);
  writeFileSync(log, '{"t":"open","format":1,"nonce":"other"}\n{"t":"spawn","worker":"W9"}\n');
  reader.poll();
  await waitFor(() => events() === 2, { describe: 'the other log' });
  expect(reader.view(about, 0).lanes.map(({ id }) => id)).toEqual(['conductor', 'W9']);
  reader.dispose();
});

test('a log that is gone is told, and read again when it is back', async () => {
  const reader = new TimelineReader({ dir, onChange: () => undefined });
  reader.poll();
  await waitFor(() => reader.error !== undefined, { describe: 'the error' });
  expect((reader.error as NodeJS.ErrnoException).code).toBe('ENOENT');
  writeFileSync(log, content);
  reader.poll();
  await waitFor(() => reader.error === undefined, { describe: 'the log' });
  expect(reader.view(about, 0).events).toBe(storyLines().length);
  reader.dispose();
});
