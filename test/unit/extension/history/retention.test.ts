import { existsSync, utimesSync } from 'node:fs';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { pruneHistory } from '#extension/history/retention.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let home: string;
let old: string;
let messages: string[];
beforeEach(() => {
  home = tempDir();
  old = sessionDir(home, 'old');
  createLog(old, 0);
  const then = new Date(Date.now() - 20 * 86_400_000);
  utimesSync(sessionPaths(old).log, then, then);
  messages = [];
});
const prune = (values: Record<string, unknown>, trusted = true): Promise<void> =>
  pruneHistory({
    home,
    settings: () => parseSettings(values).settings,
    trusted: () => trusted,
    now: Date.now,
    info: (message) => messages.push(message),
    onError: (error) => {
      throw error;
    },
  });

test('a session older than the setting is deleted, and the deletion is logged', async () => {
  await prune({ 'history.days': 21 });
  expect(existsSync(old)).toBe(true);
  await prune({});
  expect(existsSync(old)).toBe(false);
  expect(messages).toEqual(['deleted 1 sessions that ended more than 14 days ago']);
});

test('with 0, and in Restricted Mode, nothing is deleted', async () => {
  await prune({ 'history.days': 0 });
  await prune({}, false);
  expect(existsSync(old)).toBe(true);
});
