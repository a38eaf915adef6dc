import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { readAll, writeAll } from '#core/base/stdio.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

let file: string;
beforeEach(() => {
  file = join(tempDir(), 'file');
});
afterAll(removeTempDirs);

/** A pipe with a name, whose ends can be opened so that they never wait. */
const pipe = (): string => {
  execFileSync('mkfifo', [file]);
  return file;
};
const text = 'é…'.repeat(200_000);

test('what is written whole is read whole', () => {
  const fd = openSync(file, 'w+');
  writeAll(fd, text);
  closeSync(fd);
  expect(readFileSync(file, 'utf8')).toBe(text);
  const again = openSync(file, 'r');
  expect(readAll(again, 1 << 20)?.toString('utf8')).toBe(text);
  closeSync(again);
});

test('more than the most is read to the end and not given', () => {
  writeFileSync(file, text);
  const fd = openSync(file, 'r');
  expect(readAll(fd, 1000)).toBeUndefined();
  expect(readAll(fd, 1000)?.length, 'nothing is left').toBe(0);
  closeSync(fd);
});

test('a pipe that says "not yet" instead of waiting is waited for', () => {
  const both = openSync(pipe(), constants.O_RDWR | constants.O_NONBLOCK);
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(file, constants.O_WRONLY);
  spawn('sh', ['-c', 'sleep 0.1; echo late'], { stdio: ['ignore', writer, 'ignore'] });
  for (const ours of [writer, both]) closeSync(ours);
  expect(readAll(fd, 1 << 20)?.toString('utf8')).toBe('late\n');
  closeSync(fd);
});

test('a reader that is slow gets it all; one that has gone is EPIPE', async () => {
  const reader = spawn('sh', ['-c', 'exec <"$0"; sleep 0.1; exec wc -c', pipe()], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let byteCount = '';
  reader.stdout.on('data', (chunk: Buffer) => (byteCount += chunk.toString()));
  const closed = new Promise((resolve) => reader.on('close', resolve));
  const fd = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
  const writer = openSync(file, constants.O_WRONLY | constants.O_NONBLOCK);
  writeAll(writer, text);
  closeSync(writer);
  closeSync(fd);
  await closed;
  expect(byteCount.trim()).toBe(String(Buffer.byteLength(text)));

  const deaf = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const late = openSync(file, constants.O_WRONLY | constants.O_NONBLOCK);
  closeSync(deaf);
  expect(() => writeAll(late, 'x')).toThrow(expect.objectContaining({ code: 'EPIPE' }));
  closeSync(late);
});
