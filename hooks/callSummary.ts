import { pathsOf, type ToolCall } from '#core/policy/match/match.ts';

const MAX_CHARS = 200;

/** A call in a few words for the log and the panel: its path, its command, or its description. */
export function callSummary(call: ToolCall | undefined): string | undefined {
  if (call === undefined) return undefined;
  const { command, description, pattern, url, prompt } = call.input;
  const text = [...pathsOf(call), command, pattern, url, description, prompt].find(
    (v): v is string => typeof v === 'string' && v !== '',
  );
  return text === undefined || text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)}…`;
}
