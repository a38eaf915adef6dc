import { masked } from '#core/base/masking.ts';
import { ellipsize, truncate } from '#core/base/text.ts';
import { PATH_FIELDS, pathsOf } from './match/callPath.ts';
import type { ToolCall } from './match/match.ts';

/** A longer summary is cut. */
export const MAX_SUMMARY_CHARS = 200;
/** A secret that is cut would not be recognised, so more is masked than is kept. */
const MAX_MASKED_CHARS = 40 * MAX_SUMMARY_CHARS;

/** A text as the log has it in a summary: without the passwords in it, and cut. */
export const summaryOf = (text: string): string =>
  ellipsize(masked(truncate(text, MAX_MASKED_CHARS)), MAX_SUMMARY_CHARS);

/** What a call is about: the first of these texts that it has. */
export function inputSummary(call: Pick<ToolCall, 'input'>): string | undefined {
  const { command, description, pattern, url, prompt } = call.input;
  return [...pathsOf(call), command, pattern, url, description, prompt].find(
    (v): v is string => typeof v === 'string' && v !== '',
  );
}

const SUMMARIZED = ['description', 'pattern', 'url', 'prompt'] as const;
const JUDGED = [...PATH_FIELDS, 'command'] as const;

/** What of a call's input decides about it: all by which it is matched and summarized, where there are many calls to keep. */
export function judgedInput(input: Record<string, unknown>): Record<string, unknown> {
  const cut = (value: unknown): unknown => (typeof value === 'string' ? truncate(value, MAX_MASKED_CHARS) : undefined);
  return Object.fromEntries([
    ...JUDGED.filter((name) => name in input).map((name) => [name, input[name]]),
    ...SUMMARIZED.filter((name) => name in input).map((name) => [name, cut(input[name])]),
  ]) as Record<string, unknown>;
}
