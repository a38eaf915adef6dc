import { isRecord } from '#core/base/json.ts';

/** What one line of a transcript has for a person to read; its texts are as long as they were written. */
export type TranscriptPart = { ts?: number } & (
  | { kind: 'prompt' | 'words' | 'note'; text: string }
  | { kind: 'call'; id: string; tool: string; input: Record<string, unknown> }
  | { kind: 'result'; call: string; failed: boolean; text: string }
);

type Fields = Record<string, unknown>;

/** The parts of one decoded line, in their order; none for a line of unknown shape. Never throws. */
export function readParts(value: unknown): TranscriptPart[] {
  if (!isRecord(value)) return [];
  const { type, message, timestamp } = value;
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  const ts = Number.isNaN(time) ? {} : { ts: time };
  if (type === 'system') return noteOf(value).map((part) => ({ ...ts, ...part }));
  if ((type !== 'assistant' && type !== 'user') || !isRecord(message)) return [];
  const { content } = message;
  const blocks =
    typeof content === 'string' ? [{ type: 'text', text: content }] : Array.isArray(content) ? content : [];
  const spoken = type === 'assistant' ? 'words' : isFromClaudeCode(value) ? 'note' : 'prompt';
  return blocks.filter(isRecord).flatMap((block) => partOf(block, spoken).map((part) => ({ ...ts, ...part })));
}

/** What Claude Code itself writes as a message of the user: reminders, summaries of a compaction. */
const isFromClaudeCode = ({ isMeta, isCompactSummary }: Fields): boolean =>
  isMeta === true || isCompactSummary === true;

/** Claude Code's remarks between the messages: a compaction, an error of the network. */
function noteOf({ content }: Fields): TranscriptPart[] {
  return typeof content === 'string' && content.trim() !== '' ? [{ kind: 'note', text: content }] : [];
}

function partOf(block: Fields, spoken: 'words' | 'note' | 'prompt'): TranscriptPart[] {
  const { type, text, id, name, input, tool_use_id: call } = block;
  if (type === 'text' && typeof text === 'string' && text.trim() !== '') return [{ kind: spoken, text }];
  if (type === 'tool_use' && typeof id === 'string' && typeof name === 'string')
    return [{ kind: 'call', id, tool: name, input: isRecord(input) ? input : {} }];
  if (type === 'tool_result' && typeof call === 'string')
    return [{ kind: 'result', call, failed: block['is_error'] === true, text: resultText(block['content']) }];
  return [];
}

/** The text of a result; what is no text, such as a picture, is named by its kind. */
function resultText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .filter(isRecord)
    .map(({ type, text }) => (typeof text === 'string' ? text : `[${typeof type === 'string' ? type : 'unknown'}]`))
    .join('\n');
}

/** The fields of a call that are its point: without them all fields are shown with their names. */
const MAIN_FIELDS: Record<string, string> = { Bash: 'command', ExitPlanMode: 'plan' };

/** A call's input as text: the command, the plan, the question with its answers, else one field after the other. */
export function inputText(tool: string, input: Fields): string {
  const main = Object.hasOwn(MAIN_FIELDS, tool) ? input[MAIN_FIELDS[tool] ?? ''] : undefined;
  if (typeof main === 'string') return main;
  const questions = tool === 'AskUserQuestion' ? input['questions'] : undefined;
  if (Array.isArray(questions)) return questions.filter(isRecord).map(questionText).join('\n');
  return Object.entries(input)
    .map(([name, value]) => (typeof value === 'string' ? fieldText(name, value) : `${name}: ${JSON.stringify(value)}`))
    .join('\n');
}

const fieldText = (name: string, value: string): string =>
  value.includes('\n') ? `${name}:\n${value}` : `${name}: ${value}`;

function questionText({ question, options }: Fields): string {
  const answers = Array.isArray(options) ? options.filter(isRecord) : [];
  const lines = answers.map(({ label, description }) => `- ${[label, description].filter(isText).join(': ')}`);
  return [isText(question) ? question : '', ...lines].join('\n');
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
