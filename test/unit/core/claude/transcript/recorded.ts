import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineReader } from '#core/log/lineReader.ts';
import { foldLine } from '#core/claude/transcript/fold.ts';
import { emptyTranscript, type TranscriptState } from '#core/claude/transcript/transcriptState.ts';
import { repoRoot } from '#test/lib/runtimes.ts';

/** A transcript as the real CLI wrote it (`test/transcripts/record.ts`). */
export function recorded(name: string): Buffer {
  return readFileSync(join(repoRoot, 'test/unit/core/claude/transcript/fixtures', name));
}

/** Folds bytes in pieces that end where `cuts` say. */
export function foldBytes(bytes: Buffer, cuts: readonly number[] = []): TranscriptState {
  const state = emptyTranscript();
  const reader = new LineReader();
  const ends = [...cuts.filter((cut) => cut <= bytes.length).toSorted((a, b) => a - b), bytes.length];
  for (const [i, end] of ends.entries())
    reader.push(bytes.subarray(ends[i - 1] ?? 0, end), (line) => foldLine(state, line));
  return state;
}

/** Folds the first lines of a recorded transcript, up to and with the first one that has `text` in it. */
export function foldUpTo(name: string, text: string): TranscriptState {
  const lines = recorded(name).toString('utf8').split('\n');
  const last = lines.findIndex((line) => line.includes(text));
  if (last === -1) throw new Error(`${name} has no line with ${text}`);
  return foldBytes(Buffer.from(`${lines.slice(0, last + 1).join('\n')}\n`));
}
