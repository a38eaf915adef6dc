import { pathsOf, type ToolCall } from '../match/match.ts';

/** Longer than a person reads in a dialog; a line of the log takes it. */
const LONGEST = 4000;

/**
 * What a permission is asked for, exactly: the whole command, the path, the address, the questions; of a tool that is
 * not known, all of its input. Cut only where nobody would read on.
 */
export function askedFor({ tool, input, cwd }: ToolCall): string {
  const text = known(tool, { tool, input, cwd }) ?? JSON.stringify(input);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

function known(tool: string, call: ToolCall): string | undefined {
  const { command, url, query, plan, questions } = call.input;
  if (tool === 'AskUserQuestion' && Array.isArray(questions)) return questions.map(questionOf).join('\n');
  if (tool === 'ExitPlanMode') return textOf(plan) ?? '';
  return textOf(command) ?? pathsOf(call)[0] ?? textOf(url) ?? (tool === 'WebSearch' ? textOf(query) : undefined);
}

function questionOf(question: unknown): string {
  const text = typeof question === 'object' && question !== null ? (question as { question?: unknown }).question : '';
  return typeof text === 'string' ? text : '';
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
