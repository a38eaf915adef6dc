import { expect, test } from 'vitest';
import type { StoredMessage } from '#core/machines/link.ts';
import { isOfPattern, MemoryServer } from './memoryLink.ts';

test('a pattern stands for the subjects that a server delivers by it', () => {
  expect(isOfPattern('a.*.c', 'a.b.c')).toBe(true);
  expect(isOfPattern('a.*', 'a.b.c')).toBe(false);
  expect(isOfPattern('a.>', 'a.b.c')).toBe(true);
  expect(isOfPattern('a.>', 'a')).toBe(false);
});

test('what is published is kept, passes by and is followed from any place', async () => {
  const server = new MemoryServer(
    (ms, run) => {
      const timer = setTimeout(run, ms);
      return { cancel: () => clearTimeout(timer) };
    },
    { copies: () => 1, delayMs: () => 0, keeping: () => 'kept' },
  );
  const link = server.connect();
  const passed: unknown[] = [];
  const followed: StoredMessage[] = [];
  link.live('a.*', (_subject, message) => passed.push(message));
  for (const pos of [0, 3]) await link.publish('a.b', { gen: 'g', pos, data: Buffer.from('xy\n') });
  link.send('a.b', 'text');
  expect(await link.last('a.b')).toEqual({ gen: 'g', end: 6, seq: 2 });
  expect(await link.last('a.c')).toBeUndefined();
  link.follow('a.>', 1, (message) => void followed.push(message));
  await expect.poll(() => followed.map(({ seq }) => seq), { timeout: 30_000 }).toEqual([2]);
  await expect.poll(() => passed.length, { timeout: 30_000 }).toBe(3);
  expect(passed.at(-1)).toEqual({ text: 'text' });
});
