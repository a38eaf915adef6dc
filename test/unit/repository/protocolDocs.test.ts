import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { DAMAGE, LineReader, type Line } from '#core/log/lineReader.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { isCondition } from '#core/fold/conditions.ts';
import { eventSchemas } from '#protocol/event.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { chapters, commonFields, eventNotes } from '#protocol/reference/notes.ts';
import { generatedDocs, readIntro } from '#test/docs/generatedDocs.ts';

test.each(generatedDocs().map(({ path, text }) => [basename(path), path, text]))(
  '%s is what the code says',
  (_name, path, text) => {
    const current = readFileSync(path, 'utf8') === text;
    expect(current, `${path} is stale: run npm run docs`).toBe(true);
  },
);

test('every event has its place on the page, once', () => {
  const documented = chapters.flatMap(({ notes }) => Object.keys(notes));
  expect(documented.toSorted()).toEqual(Object.keys(eventSchemas).toSorted());
});

test.each(Object.entries(eventNotes))('the example of %s is an event with known fields', (t, { example, fields }) => {
  expect(parseEvent({ ...example })).toMatchObject({ kind: 'event', event: { t } });
  expect(Object.keys(example).filter((key) => !(key in fields) && !(key in commonFields))).toEqual([]);
});

test('all examples together are a log without damage', () => {
  const state = foldText(Object.values(eventNotes).map(({ example }) => JSON.stringify(example)));
  expect(state.damaged).toEqual(new Map());
  expect(state.unknownTypes).toEqual(new Map());
  expect(state.events).toBe(Object.keys(eventSchemas).length);
});

test('every reason for damage is explained', () => {
  const lines = ['{', '\0\0', '"\xff"', `"${'x'.repeat(300_000)}"`, '['.repeat(2000), '[]', '{"t":1}'];
  lines.push('{"t":"vote","worker":"W1"}');
  const state = foldText(lines);
  expect(state.damaged.size).toBe(lines.length);
  for (const reason of Object.values(DAMAGE)) expect([...state.damaged.keys()]).toContain(reason);
  for (const reason of state.damaged.keys()) expect(readIntro()).toContain(`| \`${reason}\` |`);
});

test('every condition on the page is one', () => {
  const table = readIntro().split('| condition |')[1]?.split('\n\n')[0] ?? '';
  const conditions = table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)]);
  expect(conditions.length).toBeGreaterThan(8);
  expect(conditions.map((match) => match[1] ?? '').filter((text) => !isCondition(text))).toEqual([]);
});

/** Folds lines as bytes, one byte for each character. */
function foldText(lines: string[]): ReturnType<typeof emptyState> {
  const state = emptyState();
  const fold = (line: Line): void => void reduce(state, line);
  new LineReader().push(Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1'), fold);
  return state;
}
