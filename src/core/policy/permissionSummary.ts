import { pathsOf, type ToolCall } from '#core/policy/match/match.ts';

/** Longer than a person reads in a dialog; a line of the log takes it. */
const MAX_CHARS = 4000;

/**
 * What a permission is asked for, exactly: the whole command, the path, the address, the questions; of a tool that is
 * not known, all of its input. Cut only where nobody would read on.
 */
export function permissionSummary({ tool, input, cwd }: ToolCall): string {
  const text = knownToolText(tool, { tool, input, cwd }) ?? JSON.stringify(input);
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)}…`;
}

function knownToolText(tool: string, call: ToolCall): string | undefined {
  const { command, url, query, plan, questions } = call.input;
  if (tool === 'AskUserQuestion' && Array.isArray(questions)) return questions.map(questionOf).join('\n');
  if (tool === 'ExitPlanMode') return nonEmptyString(plan) ?? '';
  return (
    nonEmptyString(command) ??
    pathsOf(call)[0] ??
    nonEmptyString(url) ??
    (tool === 'WebSearch' ? nonEmptyString(query) : undefined)
  );
}

function questionOf(question: unknown): string {
  const text = typeof question === 'object' && question !== null ? (question as { question?: unknown }).question : '';
  return typeof text === 'string' ? text : '';
}

const nonEmptyString = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
