import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { append, createLog } from '#core/log/append.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { PastSessions } from '#extension/history/pastSessions.ts';
import { formatDay, pastDetails, describePast, formatSize } from '#extension/history/pastText.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import type { PastSession } from '#protocol/fileFormats.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

let home: string;
let errors: unknown[];
const open: PastSessions[] = [];
beforeEach(() => {
  home = tempDir();
  errors = [];
});
afterEach(() => {
  for (const each of open.splice(0)) each.dispose();
});

function start(): PastSessions {
  const sessions = new PastSessions({ home, onError: (error) => errors.push(error) });
  open.push(sessions);
  return sessions;
}

function folder(name: string): PastFolder {
  const dir = sessionDir(home, name);
  createLog(dir, 1_800_000_000_000);
  append(dir, 1_800_000_060_000, { t: 'session', session: name, cwd: '/p/pipeline' }, { t: 'end' });
  return { folder: name, dir, project: '/p/pipeline', modifiedMs: statSync(sessionPaths(dir).log).mtimeMs };
}

test('sessions are read on demand, and not again by the next window', async () => {
  const all = Array.from({ length: 20 }, (_, i) => folder(`s${i}`));
  const sessions = start();
  let changes = 0;
  sessions.onDidChange(() => changes++);
  expect(all.map((each) => sessions.get(each))).toEqual(all.map(() => undefined));
  await waitFor(() => !sessions.busy && changes > 0, { describe: 'all to be read' });
  expect(all.map((each) => sessions.get(each)?.outcome)).toEqual(all.map(() => 'ended'));
  // a few times, not once for each session
  expect(changes).toBeLessThan(all.length);
  const next = start();
  expect(next.get(all[7] as PastFolder)).toMatchObject({ id: 's7', title: 'pipeline' });
  expect(next.busy).toBe(false);
  expect(errors).toEqual([]);
});

test('a session that grows is read again, a deleted one is dropped, and an unreadable one is reported once', async () => {
  const [grown, deleted] = [folder('grown'), folder('gone')];
  const odd: PastFolder = { ...grown, folder: 'odd', dir: sessionDir(home, 'odd') };
  mkdirSync(sessionPaths(odd.dir).log, { recursive: true });
  const sessions = start();
  for (const each of [grown, deleted, odd]) sessions.get(each);
  await waitFor(() => !sessions.busy, { describe: 'all to be read' });
  expect(sessions.get(grown)?.events).toBe(3);
  expect(sessions.get(odd)).toBeUndefined();
  expect(sessions.busy).toBe(false);
  expect(errors).toHaveLength(1);
  append(grown.dir, 1_800_000_090_000, { t: 'session', session: 'grown' });
  rmSync(deleted.dir, { recursive: true });
  expect(sessions.get(deleted)).toBeUndefined();
  expect(sessions.get(grown)).toBeUndefined();
  await waitFor(() => sessions.get(grown)?.events === 4, { describe: 'it to be read anew' });
  await waitFor(() => !readFileSync(join(homePaths(home).cache, 'history.json'), 'utf8').includes('"gone"'), {
    describe: 'the other one to be forgotten',
  });
});

test('a folder without a log has no summary, and nothing waits for it', () => {
  const sessions = start();
  writeFileSync(join(home, 'file'), '');
  expect(sessions.get({ folder: 'x', dir: join(home, 'file'), project: '/p', modifiedMs: 0 })).toBeUndefined();
  expect(sessions.busy).toBe(false);
});

test('a session is found by its title and its prompt, which are read from its transcript and kept nowhere', async () => {
  const past = folder('3f0c21de-7c1e-40ab-9d3f-0123456789ab');
  const transcript = join(home, 'transcript.jsonl');
  const filler = JSON.stringify({ type: 'attachment', text: 'x'.repeat(1000) });
  const lines = [
    JSON.stringify({ type: 'user', message: { content: 'add a rate limiter to the gateway' } }),
    ...Array.from({ length: 2000 }, () => filler),
    JSON.stringify({ type: 'custom-title', customTitle: 'The rate limiter' }),
  ];
  writeFileSync(transcript, `${lines.join('\n')}\n`);
  append(past.dir, 1_800_000_060_000, { t: 'session', session: past.folder, cwd: '/p/pipeline', transcript });
  for (const sessions of [start(), start()]) {
    const named = () => sessions.get(past);
    await waitFor(() => named()?.name === 'The rate limiter', { describe: 'it to be named' });
    expect(named()?.prompt).toBe('add a rate limiter to the gateway');
    await waitFor(() => !sessions.busy, { describe: 'all to be read' });
  }
  const cache = readFileSync(join(homePaths(home).cache, 'history.json'), 'utf8');
  expect(cache).toContain('transcript.jsonl');
  expect(cache).not.toContain('rate limiter');
});

test('days are named as people name them', () => {
  const now = new Date(2026, 10, 24, 0, 30).getTime();
  const at = (...date: [number, number, number, number]): string => formatDay(new Date(...date).getTime(), now);
  expect(at(2026, 10, 24, 0)).toBe('Today');
  expect(at(2026, 10, 23, 23)).toBe('Yesterday');
  expect(at(2026, 10, 23, 0)).toBe('Yesterday');
  expect(at(2026, 10, 22, 23)).toBe('Sun, Nov 22');
  expect(at(2025, 10, 22, 23)).toBe('Sat, Nov 22, 2025');
});

test('a session is described in a line, and in full', () => {
  const past: PastSession = {
    id: 's1',
    title: 'pipeline',
    startedTs: 0,
    endedTs: 720_000,
    outcome: 'failed',
    workers: 3,
    failed: 1,
    events: 5,
    tokens: { input: 1_200_000, output: 300 },
  };
  expect(describePast(past)).toBe('a worker failed · 12 min · 3 workers · 1.2M tokens');
  const { tokens: _, ...without } = past;
  expect(describePast({ ...without, workers: 0, failed: 0, outcome: 'ended' })).toBe('ended · 12 min');
  expect(pastDetails(past)).toEqual(
    expect.arrayContaining(['1 worker failed', '1.2M tokens read, 300 written', '5 events']),
  );
});

test.each([
  [0, '0 bytes'],
  [497, '497 bytes'],
  [1234, '1.2 kB'],
  [5_600_000, '5.6 MB'],
  [7e12, '7,000 GB'],
])('%i bytes are %s', (bytes, text) => expect(formatSize(bytes)).toBe(text));
