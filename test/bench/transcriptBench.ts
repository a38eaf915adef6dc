import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TranscriptTail } from '#core/claude/transcript/transcriptTail.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { print, ratio } from './figure.ts';

const CALLS = 2000;

/** Reading a transcript of a newer Claude Code, which repeats what it sends, against one of the same calls without that. */
export async function transcriptBench(): Promise<void> {
  const dir = tempDir('fermata-bench-');
  const calls = Array.from({ length: CALLS }, (_, i) => callLines(i));
  const plain = write(dir, 'plain.jsonl', calls.flat());
  const repeating = write(
    dir,
    'repeating.jsonl',
    calls.flatMap((lines, i) => [...lines, ...repeatedLines(i)]),
  );
  print({ name: 'transcript-size', value: Number((repeating.bytes / plain.bytes).toFixed(1)), unit: 'times' });
  const read = (path: string) => (): number => {
    const started = process.hrtime.bigint();
    const tail = new TranscriptTail(path);
    tail.read(() => true);
    if (tail.state.lines.understood !== 2 * CALLS) throw new Error('a line was not understood');
    return Number(process.hrtime.bigint() - started) / 1e6;
  };
  await ratio(`transcript-${CALLS}-calls-repeated`, 9, read(repeating.path), ['without', read(plain.path)], 1.5);
}

function write(dir: string, name: string, lines: object[]): { path: string; bytes: number } {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const path = join(dir, name);
  writeFileSync(path, text);
  return { path, bytes: text.length };
}

const base = (i: number) => ({ timestamp: new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString(), sessionId: 's' });

/** A call of `Read` and its result. */
function callLines(i: number): object[] {
  const use = { type: 'tool_use', id: `t${i}`, name: 'Read', input: { file_path: `/p/src/file${i % 50}.ts` } };
  const usage = { input_tokens: 10, output_tokens: 5 };
  const message = { id: `m${i}`, role: 'assistant', model: 'claude-x', content: [use], stop_reason: 'tool_use', usage };
  const result = { type: 'tool_result', tool_use_id: `t${i}`, content: 'export const value = 1;\n'.repeat(40) };
  return [
    { parentUuid: `u${i}`, isSidechain: false, message, type: 'assistant', ...base(i) },
    { parentUuid: `v${i}`, isSidechain: false, type: 'user', message: { role: 'user', content: [result] }, ...base(i) },
  ];
}

/** What 2.1.332 writes beside them: the request, its new messages, and at times all of the prompt. */
function repeatedLines(i: number): object[] {
  const content = [{ type: 'tool_result', tool_use_id: `t${i}`, content: 'export const value = 1;\n'.repeat(40) }];
  const request = {
    type: 'api-request',
    id: `r${i}`,
    ...base(i),
    querySource: 'repl',
    blobs: [`b${i}`, 'x'.repeat(800)],
  };
  const blob = { type: 'api-request-blob', sessionId: 's', hash: `b${i}`, message: { role: 'user', content } };
  const snapshot = { type: 'prompt_snapshot', systemPrompt: ['You are an agent. '.repeat(3000)] };
  const lines = [blob, request];
  return i % 60 === 0
    ? [...lines, { parentUuid: `w${i}`, isSidechain: false, attachment: snapshot, type: 'attachment', ...base(i) }]
    : lines;
}
