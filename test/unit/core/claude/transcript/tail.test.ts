import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TranscriptTail } from '#core/claude/transcript/transcriptTail.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { recorded } from './recorded.ts';

afterAll(removeTempDirs);

const always = (): boolean => true;
const bytes = recorded('tasks/1.jsonl');

test('only what was appended is read', () => {
  const path = join(tempDir(), 's.jsonl');
  const tail = new TranscriptTail(path);
  expect(tail.read(always)).toEqual({ changed: false, more: false });
  writeFileSync(path, bytes.subarray(0, 5000));
  expect(tail.read(always)).toEqual({ changed: true, more: false });
  expect(tail.read(always)).toEqual({ changed: false, more: false });
  appendFileSync(path, bytes.subarray(5000));
  tail.read(always);
  expect(tail.state.tasks.size).toBe(2);
  expect(tail.state.lines.unknown).toBe(0);
});

test('a long transcript is read in pieces, as far as there is time', () => {
  const path = join(tempDir(), 's.jsonl');
  writeFileSync(path, Buffer.concat(Array.from({ length: 20 }, () => bytes)));
  const tail = new TranscriptTail(path);
  let pieces = 1;
  while (tail.read(() => false).more) pieces++;
  expect(pieces).toBe(Math.ceil((20 * bytes.length) / (64 * 1024)));
  expect(tail.state.lines.understood).toBe(20 * 27);
});

test('a transcript that was replaced or cut is read anew', () => {
  const dir = tempDir();
  const path = join(dir, 's.jsonl');
  writeFileSync(path, bytes);
  const tail = new TranscriptTail(path);
  tail.read(always);
  truncateSync(path, 0);
  tail.read(always);
  expect(tail.state.lines.understood).toBe(0);
  writeFileSync(join(dir, 'other'), recorded('todos/1.jsonl'));
  renameSync(join(dir, 'other'), path);
  tail.read(always);
  expect(tail.state.tasks.size).toBe(2);
});

test('nothing but a regular file of that name is opened', () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'real.jsonl'), bytes);
  writeFileSync(join(dir, 'real.txt'), bytes);
  symlinkSync(join(dir, 'real.jsonl'), join(dir, 'link.jsonl'));
  mkdirSync(join(dir, 'folder.jsonl'));
  execFileSync('mkfifo', [join(dir, 'pipe.jsonl')]);
  for (const name of ['real.txt', 'link.jsonl', 'folder.jsonl', 'pipe.jsonl', 'none.jsonl'])
    expect(new TranscriptTail(join(dir, name)).read(always), name).toEqual({ changed: false, more: false });
});
