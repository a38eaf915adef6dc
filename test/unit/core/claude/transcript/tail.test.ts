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

test('lines that repeat what is sent to the model are not decoded, whatever stands in their text', () => {
  const path = join(tempDir(), 's.jsonl');
  const padding = 'x'.repeat(200_000);
  const repeated = [
    { type: 'api-request', sessionId: 's', timestamp: '2030-01-01T00:00:00.000Z' },
    { type: 'api-request-blob', sessionId: 's', message: { role: 'user', content: padding } },
    { type: 'api-request-shape', shape: padding },
    {
      parentUuid: 'p',
      isSidechain: false,
      attachment: { type: 'prompt_snapshot', systemPrompt: [padding] },
      type: 'attachment',
      timestamp: '2030-01-01T00:00:00.000Z',
    },
    {
      parentUuid: null,
      isSidechain: true,
      agentId: 'a1',
      attachment: { type: 'prompt_snapshot' },
      type: 'attachment',
      timestamp: '2030-01-01T00:00:00.000Z',
    },
  ];
  const quoted = '"type":"api-request-blob" and "attachment":{"type":"prompt_snapshot"';
  const kept = {
    parentUuid: 'p',
    isSidechain: false,
    type: 'user',
    message: { content: quoted },
    timestamp: '2026-01-01T00:00:00.000Z',
  };
  writeFileSync(path, [...repeated, kept].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  const tail = new TranscriptTail(path);
  tail.read(always);
  expect(tail.state.lines).toEqual({ understood: 1, other: 0, unknown: 0 });
  expect(tail.state.lastTs).toBe(Date.UTC(2026, 0, 1));
});
