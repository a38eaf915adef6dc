import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
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

/** The lanes without positions in the log: lines of the story are 100 bytes each. */
const withoutPositions = (view: { lanes: unknown }): unknown =>
  JSON.parse(JSON.stringify(view.lanes, (key, value: unknown) => (key === 'pos' ? undefined : value)));

test('is the same whether a log is read at once, by small slices, or as it grows', () => {
  writeFileSync(log, content);
  const reader = (): TimelineReader => new TimelineReader({ dir, onChange: () => undefined });
  const atOnce = reader();
  expect(atOnce.readSlice(Infinity)).toBe(false);
  const bySlices = reader();
  let slices = 1;
  while (bySlices.readSlice(1)) slices++;
  writeFileSync(log, '');
  const growing = reader();
  for (let at = 0; at < content.length; at += 37) {
    appendFileSync(log, content.slice(at, at + 37));
    while (growing.readSlice());
  }
  const expected = atOnce.view(about, 0);
  expect(withoutPositions(expected)).toEqual(withoutPositions(story()));
  expect(slices).toBe(1);
  expect(bySlices.view(about, 0)).toEqual(expected);
  expect(growing.view(about, 0)).toEqual(expected);
});

test('a long log is read slice by slice, with progress, and shows no lanes before all is read', async () => {
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

test('a poll reads what was appended; a log that was replaced is read from its beginning', async () => {
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

test('a missing log is an error, and is read once it is back', async () => {
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
