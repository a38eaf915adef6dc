import { appendFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { eventsBefore } from '#core/log/eventsBefore.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { isActivity } from '#core/fold/activity.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

function logOf(...parts: string[]): { dir: string; path: string; size: number } {
  const dir = tempDir('fermata-before-');
  const path = sessionPaths(dir).log;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '{"t":"open","format":1,"nonce":"n"}\n');
  for (const part of parts) appendFileSync(path, part);
  return { dir, path, size: statSync(path).size };
}
const line = (n: number, pad = 0): string =>
  `\n${JSON.stringify({ t: 'log', level: 'info', message: `line ${n}${'x'.repeat(pad)}` })}\n`;
const messages = (dir: string, from: number, most: number) => {
  const { events, next } = eventsBefore(dir, from, most, isActivity);
  return { next, lines: events.map(({ event }) => ('message' in event ? event.message?.replace(/x+$/, '') : event.t)) };
};

test('the newest come first, page after page, until the log begins, and each once', () => {
  const { dir, size } = logOf(...Array.from({ length: 25 }, (_, n) => line(n)));
  const seen: unknown[] = [];
  const pages: number[] = [];
  for (let at = size; at > 0;) {
    const { lines, next } = messages(dir, at, 10);
    seen.push(...lines);
    pages.push(lines.length);
    at = next;
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `line ${24 - n}`));
  expect(pages).toEqual([10, 10, 5]);
});

test('pieces may end anywhere: in a line, in a letter, between two lines', () => {
  for (const pad of [0, 1, 2, 3, 50_000]) {
    const many = Array.from({ length: 60 }, (_, n) => line(n, 20_000 + pad));
    const { dir, size } = logOf('\n{"t":"log","level":"info","message":"ü"}\n', ...many);
    const { lines } = messages(dir, size, 1000);
    expect(lines.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, n) => `line ${59 - n}`));
    expect(lines.at(-1)).toBe('ü');
  }
});

test('damage and lines without end are passed over, and what is not activity is not counted', () => {
  const { dir, size } = logOf(
    line(1),
    '\nnot json\n',
    `\n${'y'.repeat(3_000_000)}\n`,
    '\n{"t":"progress","worker":"W1","pct":5}\n',
    '\n{"t":"usage"}\n',
    line(2),
  );
  expect(messages(dir, size, 10)).toEqual({ lines: ['line 2', 'line 1'], next: 0 });
});

test('one answer reads only so much; the next one goes on from there', () => {
  const { dir, size } = logOf(line(1), '\n{"t":"usage"}'.repeat(1) + '\n', `\n${' '.repeat(20_000_000)}\n`, line(2));
  const first = messages(dir, size, 10);
  expect(first.lines).toEqual(['line 2']);
  expect(first.next).toBeGreaterThan(size - 9_000_000);
  let { next } = first;
  const rest: unknown[] = [];
  while (next > 0) {
    const page = messages(dir, next, 10);
    expect(page.next).toBeLessThan(next);
    rest.push(...page.lines);
    next = page.next;
  }
  expect(rest).toEqual(['line 1']);
});
