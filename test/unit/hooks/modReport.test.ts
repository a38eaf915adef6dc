import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { sessionDir } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { publishReport } from '#hooks/modReport.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

// What Claude Code's own window has given to the plugin, and a plugin may have been changed: it is from outside.

afterAll(removeTempDirs);

let dir: string;
beforeEach(() => {
  dir = sessionDir(join(tempDir(), '.fermata'), 's1');
  createLog(dir, T0);
  const spawn = { t: 'spawn', parent: 'conductor' } as const;
  publish(
    dir,
    T0,
    { ...spawn, worker: 'a1', kind: 'subagent' },
    { ...spawn, worker: 'a2', kind: 'subagent' },
    { ...spawn, worker: 'mate', kind: 'teammate' },
    { t: 'spawn', worker: 'W1' },
  );
});

/** The events that a report adds. */
function reported(report: Record<string, unknown>, ...before: NewEvent[]): Record<string, unknown>[] {
  if (before.length > 0) publish(dir, T0, ...before);
  const count = eventsOf(dir).length;
  publishReport(openLog(dir), report, T0);
  return eventsOf(dir).slice(count);
}

const exit = (worker: string, reason: string, more: object = {}): object => {
  return { t: 'exit', worker, code: null, reason, ...more };
};

test('figures are those of Claude Code, and nothing else of a report is taken', () => {
  const usage = { contextTokens: 10, contextWindow: 20, costUsd: 0.5, limits: [] };
  expect(reported({ usage: { ...usage, more: 1 }, other: 1 })).toMatchObject([
    { t: 'usage', ...usage, source: 'Claude Code' },
  ]);
  expect(reported({ usage: 'none' })[0]).toMatchObject({ t: 'usage', source: 'Claude Code' });
});

test.each<[unknown]>([[undefined], ['a1'], [{}], [[]], [[null, 7, 'a1', {}]]])(
  'without ends there are none: %j',
  (ended) => {
    expect(reported({ ended })).toEqual([]);
  },
);

test.each([
  ['aborted', 'stopped in Claude Code', { signal: 'stop' }],
  ['refusal', 'the model refused to go on', {}],
  ['error', 'an error in Claude Code ended it', {}],
  ['toString', 'toString', {}],
  ['x'.repeat(400), 'x'.repeat(300), {}],
])('an agent ends for the reason %s', (reason, text, more) => {
  const [event, ...others] = reported({ ended: [{ agent: 'a1', reason }] });
  expect(others).toEqual([]);
  expect(event).toMatchObject(exit('a1', text, more));
  expect('signal' in (event ?? {})).toBe(reason === 'aborted');
});

test('only agents end that are at work, and a teammate only where it was stopped', () => {
  const ends = (...agents: unknown[]): unknown[] =>
    reported({ ended: agents.map((agent) => ({ agent, reason: 'error' })) }).map(({ worker }) => worker);
  expect(ends('a1', 'W1', 'none', 7, 'mate')).toEqual(['a1']);
  expect(ends('a1')).toEqual([]);
  expect(reported({ ended: [{ agent: 'a2', reason: 7 }] })).toEqual([]);
  publish(dir, T0, { t: 'abort', worker: 'mate', by: 'user' });
  expect(ends('mate')).toEqual(['mate']);
});

test('of many ends the first fifty count', () => {
  const ids = Array.from({ length: 60 }, (_, i) => `b${i}`);
  const spawned = ids.map((worker): NewEvent => ({ t: 'spawn', worker, kind: 'subagent', parent: 'conductor' }));
  const ended = ids.map((agent) => ({ agent, reason: 'error' }));
  expect(reported({ ended }, ...spawned)).toHaveLength(50);
});
