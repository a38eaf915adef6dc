import { truncate } from '#core/base/text.ts';
import type { Line } from '#core/log/lineReader.ts';
import { describeCall, foldLine } from './fold.ts';
import { inputText, readParts, type TranscriptPart } from './parts.ts';
import { emptyTranscript, type TranscriptState } from './transcriptState.ts';

/** How many of the latest steps are kept. */
const MAX_STEPS = 6;
/** Longer than what is shown of a text, since secrets are masked before it is cut. */
const MAX_STEP_CHARS = 600;
const MAX_TEXT_CHARS = 8000;
/** The calls whose whole input is kept: Claude makes a few at a time. */
const MAX_CALLS = 20;

interface Step {
  kind: 'words' | 'call' | 'result';
  ts: number;
  text: string;
  failed?: true;
}

/** What an agent has done last, from the end of its transcript. Its size is bounded; its texts are as they were written. */
export interface LatestSteps {
  /** The transcript as far as it was read. */
  state: TranscriptState;
  /** The latest prompt; of a subagent, what it was asked to do. */
  prompt?: string;
  /** The oldest first. */
  steps: Step[];
  /** The input in full of calls that may still be open, by their ids. */
  inputs: Map<string, string>;
}

export const noSteps = (): LatestSteps => ({ state: emptyTranscript(), steps: [], inputs: new Map() });

/** Takes one more line. */
export function foldSteps(latest: LatestSteps, line: Line): void {
  foldLine(latest.state, line);
  for (const part of 'value' in line ? readParts(line.value) : []) {
    if (part.kind === 'prompt') latest.prompt = copyOf(part.text, MAX_TEXT_CHARS);
    else if (part.kind === 'call') keepInput(latest, part);
    else if (part.kind === 'result') latest.inputs.delete(part.call);
    const step = stepOf(part, latest.state);
    if (step !== undefined) latest.steps.push(step);
  }
  latest.steps.splice(0, latest.steps.length - MAX_STEPS);
}

function stepOf(part: TranscriptPart, { cwd, lastTs = 0 }: TranscriptState): Step | undefined {
  if (part.kind === 'prompt' || part.kind === 'note') return undefined;
  const text = part.kind === 'call' ? describeCall(part.tool, part.input, cwd) : part.text;
  const step: Step = { kind: part.kind, ts: part.ts ?? lastTs, text: copyOf(text.trimStart(), MAX_STEP_CHARS) };
  return part.kind === 'result' && part.failed ? { ...step, failed: true } : step;
}

function keepInput({ inputs }: LatestSteps, { id, tool, input }: TranscriptPart & { kind: 'call' }): void {
  inputs.delete(id);
  inputs.set(id, copyOf(inputText(tool, input), MAX_TEXT_CHARS));
  for (const oldest of inputs.keys()) {
    if (inputs.size <= MAX_CALLS) return;
    inputs.delete(oldest);
  }
}

/** The beginning of a text, as a text of its own: a slice would keep the whole line in memory. */
const copyOf = (text: string, maxChars: number): string =>
  text.length <= maxChars ? text : Buffer.from(truncate(text, maxChars)).toString();
