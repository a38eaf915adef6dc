import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldLine } from '#core/claude/transcript/fold.ts';
import { readParts } from '#core/claude/transcript/parts.ts';
import { foldSteps, noSteps } from '#core/claude/transcript/steps.ts';
import { emptyTranscript, type TranscriptState } from '#core/claude/transcript/transcriptState.ts';
import { transcriptView } from '#core/claude/transcript/transcriptView.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { digest, hold, same, type Target } from '#test/fuzz/target.ts';
import { linesOf } from './logs.ts';

const FILES = ['tasks/1.jsonl', 'todos/1.jsonl', 'subagents/1.jsonl', 'compact/1.jsonl'];

/** Lines that the real program wrote, a few at a time; long texts in them are of no use. */
function seeds(): string[] {
  const lines = FILES.flatMap((file) =>
    readFileSync(join(repoRoot, 'test/unit/core/claude/transcript/fixtures', file), 'utf8')
      .split('\n')
      .filter(Boolean),
  ).filter((line) => line.length < 2000);
  return Array.from({ length: Math.ceil(lines.length / 3) }, (_, i) => lines.slice(i * 3, i * 3 + 3).join('\n'));
}

/** With Maps and Sets as lists. */
const plain = (state: TranscriptState): unknown =>
  JSON.parse(
    JSON.stringify(state, (_key, value: unknown) =>
      value instanceof Map || value instanceof Set ? [...value] : value,
    ),
  );

function folded(chunks: Buffer[]): TranscriptState {
  const state = emptyTranscript();
  const reader = new LineReader();
  for (const chunk of chunks) reader.push(chunk, (line) => foldLine(state, line));
  return state;
}

/** Transcripts: whatever is in a line it is counted once; in pieces the same; what is kept stays small. */
export const transcripts: Target = {
  seeds,
  // the lines of one are long
  shortBytes: 4000,
  check: (input) => {
    const lines = linesOf(input);
    const cut = digest(input) % (input.length + 1);
    const end = Buffer.from('\n');
    const whole = folded([input, end]);
    same(plain(folded([input.subarray(0, cut), input.subarray(cut), end])), plain(whole), 'in pieces');
    const { understood, other, unknown } = whole.lines;
    same(understood + other + unknown, lines.length, 'lines');
    for (const count of Object.values(whole.tokens)) hold(count >= 0, () => 'a negative count');
    JSON.stringify(transcriptView(whole));
    const latest = noSteps();
    for (const line of lines) {
      foldSteps(latest, line);
      if ('value' in line) readParts(line.value);
    }
    hold(latest.steps.length <= 6 && latest.inputs.size <= 20, () => 'more is kept than is shown');
    for (const { text } of latest.steps) hold(text.length <= 601, () => `a step of ${text.length} characters`);
  },
};
