import { masked } from '#core/base/masking.ts';
import { ellipsize, truncate } from '#core/base/text.ts';
import { asRecord } from '#core/base/json.ts';
import { pathsOf } from './match/callPath.ts';
import type { ToolCall } from './match/match.ts';

/** More than a person reads in a dialog, and less than a line of the log may have. */
const MAX_CHARS = 4000;

/** The exact subject of a permission request: command, path, address or questions; else the input. Without secrets, cut at MAX_CHARS. */
export function permissionSummary(call: ToolCall): string {
  const text = knownToolText(call) ?? JSON.stringify(call.input);
  // a secret that is cut would not be recognised, and a text may be megabytes long
  return ellipsize(masked(truncate(text, 4 * MAX_CHARS)), MAX_CHARS);
}

function knownToolText(call: ToolCall): string | undefined {
  const { tool } = call;
  const { command, url, query, plan, questions } = call.input;
  if (tool === 'AskUserQuestion' && Array.isArray(questions))
    return questions.map((each) => nonEmptyString(asRecord(each)['question']) ?? '').join('\n');
  if (tool === 'ExitPlanMode') return nonEmptyString(plan) ?? '';
  return (
    nonEmptyString(command) ??
    pathsOf(call)[0] ??
    nonEmptyString(url) ??
    (tool === 'WebSearch' ? nonEmptyString(query) : undefined)
  );
}

const nonEmptyString = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
