import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NotificationClaims } from '#extension/status/notificationClaims.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test('of several windows one tells a thing, whatever its name holds', () => {
  const cache = join(tempDir(), 'cache');
  const [one, other] = [new NotificationClaims(cache), new NotificationClaims(cache)];
  for (const key of ['s1 block B1', 's1 block B2', '../../x', 'é'.repeat(1000)])
    expect([one.claim(key), other.claim(key), one.claim(key)], key.slice(0, 20)).toEqual([true, false, false]);
});

test('where nothing can be written every window tells', () => {
  const file = join(tempDir(), 'file');
  writeFileSync(file, '');
  expect(new NotificationClaims(file).claim('x')).toBe(true);
});

test('claims of yesterday are forgotten, those of today are not', () => {
  const cache = tempDir();
  const claims = new NotificationClaims(cache);
  claims.claim('old');
  const folder = join(cache, 'told');
  const yesterday = Date.now() / 1000 - 25 * 3600;
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), yesterday, yesterday);
  claims.claim('new');
  claims.prune(Date.now());
  expect(readdirSync(folder)).toHaveLength(1);
  expect(claims.claim('new')).toBe(false);
});
