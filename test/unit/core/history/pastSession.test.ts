import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { PastCache } from '#core/history/pastCache.ts';
import { readPastSession } from '#core/history/pastSession.ts';
import type { PastSession } from '#protocol/fileFormats.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const T0 = 1_800_000_000_000;
let home: string;
beforeEach(() => {
  home = tempDir();
});

async function past(...events: NewEvent[]): Promise<PastSession | undefined> {
  const dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'session', session: 's1', cwd: '/projects/pipeline' });
  events.forEach((event, i) => publish(dir, T0 + 60_000 * (i + 1), event));
  return readPastSession({ folder: 's1', dir, project: '/projects/pipeline' }, () => true);
}
const worker: NewEvent[] = [
  { t: 'spawn', worker: 'W1' },
  { t: 'usage', worker: 'W1', inputTokens: 1000, outputTokens: 200 },
];

test('a session that is over is told in short', async () => {
  expect(await past(...worker, { t: 'exit', worker: 'W1', code: 0 }, { t: 'end', reason: 'exit' })).toEqual({
    id: 's1',
    title: 'pipeline',
    startedTs: T0,
    endedTs: T0 + 240_000,
    outcome: 'ended',
    workers: 1,
    failed: 0,
    events: 6,
    tokens: { input: 1000, output: 200 },
  });
});

test.each<[PastSession['outcome'], NewEvent[]]>([
  ['failed', [...worker, { t: 'exit', worker: 'W1', code: 1 }, { t: 'end' }]],
  ['interrupted', []],
  ['interrupted', [...worker, { t: 'end' }]],
  ['aborted', [{ t: 'abort', session: 's1', by: 'user' }, { t: 'end' }]],
])('its outcome is %s', async (outcome, events) => {
  expect((await past(...events))?.outcome).toBe(outcome);
});

test('what Claude and its subagents have read and written is added from their transcripts, once', async () => {
  const transcript = join(home, '1.jsonl');
  const fixture = join(repoRoot, 'test/unit/core/claude/transcript/fixtures/subagents');
  writeFileSync(transcript, readFileSync(join(fixture, '1.jsonl')));
  const bare = await past({ t: 'session', session: 's1', transcript }, { t: 'end' });
  mkdirSync(join(home, '1', 'subagents'), { recursive: true });
  writeFileSync(
    join(home, '1', 'subagents', 'agent-a1.jsonl'),
    readFileSync(join(fixture, '1', 'subagents', 'agent-a1.jsonl')),
  );
  home = tempDir();
  const withSubagents = await past(
    { t: 'session', session: 's1', transcript },
    { t: 'spawn', worker: 'a1', kind: 'subagent' },
    { t: 'usage', worker: 'a1', inputTokens: 1, outputTokens: 1 },
    { t: 'end' },
  );
  const input = bare?.tokens?.input ?? 0;
  expect(input).toBeGreaterThan(0);
  expect(withSubagents?.tokens?.input).toBeGreaterThan(input);
  home = tempDir();
  const missing = await past({ t: 'session', session: 's1', transcript: '/nowhere/1.jsonl' }, { t: 'end' });
  expect(missing).not.toHaveProperty('tokens');
});

test('nobody waits for what nobody wants', async () => {
  await past();
  const dir = sessionDir(home, 's1');
  expect(await readPastSession({ folder: 's1', dir, project: '/p' }, () => false)).toBeUndefined();
});

test('what was read once is kept, as long as the log is the same and there', async () => {
  const one = await past({ t: 'end' });
  if (one === undefined) throw new Error('nothing was read');
  const stamp = { size: 100, mtimeMs: 5 };
  const cache = new PastCache(home);
  expect(cache.get('s1', stamp)).toBeUndefined();
  cache.set('s1', stamp, one);
  cache.set('s2', stamp, one);
  cache.save(() => true);
  const other = new PastCache(home);
  other.set('s3', stamp, one);
  expect(other.get('s1', stamp)).toEqual(one);
  expect(other.get('s1', { ...stamp, size: 101 })).toBeUndefined();
  expect(other.get('s1', { ...stamp, mtimeMs: 6 })).toBeUndefined();
  other.save((folder) => folder !== 's2');
  const third = new PastCache(home);
  expect([third.get('s1', stamp), third.get('s2', stamp), third.get('s3', stamp)]).toEqual([one, undefined, one]);
});

test.each(['', 'null', '{"version":1,"sessions":{"s1":{"size":"x"}}}', '{"version":2,"sessions":{}}'])(
  'a cache that says %j says nothing',
  (text) => {
    mkdirSync(homePaths(home).cache, { recursive: true });
    writeFileSync(join(homePaths(home).cache, 'history.json'), text);
    expect(new PastCache(home).get('s1', { size: 1, mtimeMs: 1 })).toBeUndefined();
  },
);

test('where nothing can be written nothing is kept, and that is all', () => {
  const cache = new PastCache(join(sessionPaths(home).log, 'no', 'folder'));
  cache.set(
    's1',
    { size: 1, mtimeMs: 1 },
    {
      id: 's1',
      title: 't',
      startedTs: 0,
      endedTs: 0,
      outcome: 'ended',
      workers: 0,
      failed: 0,
      events: 0,
    },
  );
  cache.save(() => true);
  expect(cache.get('s1', { size: 1, mtimeMs: 1 })).toMatchObject({ id: 's1' });
});
