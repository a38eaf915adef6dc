import { isRecord } from '#core/base/json.ts';
import { isTyped } from '#protocol/promptSource.ts';
import { taskEnd, type TaskEnd } from '#core/claude/backgroundTasks.ts';
import type { TokenCounts } from './transcriptState.ts';

/** A tool's result, with the CLI's own record of it. */
interface Result {
  call: string;
  failed: boolean;
  detail: Record<string, unknown>;
}

/** A line of a transcript, with the fields that Fermata uses. */
export type Entry = Origin &
  (
    | {
        kind: 'assistant';
        message: string;
        model?: string;
        tokens?: TokenCounts;
        calls: { id: string; name: string; input: Record<string, unknown> }[];
        /** Its words; undefined where it has none. */
        text?: string;
        /** Whether this message ends the turn. */
        endsTurn: boolean;
      }
    | {
        kind: 'user';
        results: Result[];
        meaning: 'prompt' | 'refused' | 'interrupted' | 'nothing';
        /** The prompt that a person typed. */
        prompt?: string;
        /** The background task of whose end Claude is told. */
        taskEnd?: TaskEnd;
      }
    /** The title that the person or Claude gave the session: each is written again as the transcript grows. */
    | { kind: 'title'; by: 'person' | 'claude'; title: string }
    /** The latest prompt as Claude Code repeats it, in its first words. */
    | { kind: 'lastPrompt'; prompt: string }
    | { kind: 'other' }
  );

interface Origin {
  ts?: number;
  sessionId?: string;
  cwd?: string;
}

type Fields = Record<string, unknown>;

/**
 * Reads one decoded line. The format is undocumented and changes with the versions of Claude Code: only fields that are
 * used are read, each is checked, and a line of another shape is undefined. Never throws.
 */
export function readEntry(value: unknown): Entry | undefined {
  const line = fields(value);
  const type = line?.['type'];
  if (line === undefined || typeof type !== 'string') return undefined;
  const message = fields(line['message']);
  // versions without a transcript for each subagent wrote the subagents' messages into the main one
  if (line['isSidechain'] === true && line['agentId'] === undefined) return { ...origin(line), kind: 'other' };
  if (type === 'assistant') return message && assistant(line, message);
  if (type === 'user') return message && user(line, message);
  if (type === 'attachment') {
    const { type: what, prompt } = fields(line['attachment']) ?? {};
    const end = what === 'queued_command' && typeof prompt === 'string' ? taskEnd(prompt) : undefined;
    const meaning = meaningOf(line) ?? (end && 'nothing');
    if (meaning !== undefined) return { ...origin(line), kind: 'user', results: [], meaning, taskEnd: end };
  }
  return { ...origin(line), ...aboutSession(line) };
}

/** A line about the session as a whole. */
function aboutSession(line: Fields): Extract<Entry, { kind: 'title' | 'lastPrompt' | 'other' }> {
  const { type, customTitle, aiTitle, lastPrompt } = line;
  if (type === 'custom-title' && typeof customTitle === 'string')
    return { kind: 'title', by: 'person', title: customTitle };
  if (type === 'ai-title' && typeof aiTitle === 'string') return { kind: 'title', by: 'claude', title: aiTitle };
  if (type === 'last-prompt' && typeof lastPrompt === 'string' && isTyped({ prompt: lastPrompt }))
    return { kind: 'lastPrompt', prompt: lastPrompt };
  return { kind: 'other' };
}

function assistant(line: Fields, message: Fields): Entry | undefined {
  const id = text(message['id']);
  if (id === undefined) return undefined;
  const model = text(message['model']);
  const calls = blocks(message['content']).flatMap((block) => {
    const [call, name] = [text(block['id']), text(block['name'])];
    if (block['type'] !== 'tool_use' || call === undefined || name === undefined) return [];
    return [{ id: call, name, input: fields(block['input']) ?? {} }];
  });
  const stop = message['stop_reason'];
  const failed = line['isApiErrorMessage'] === true;
  return {
    ...origin(line),
    kind: 'assistant',
    message: id,
    calls,
    text: words(message['content']),
    endsTurn: failed || (typeof stop === 'string' && stop !== 'tool_use' && stop !== 'pause_turn'),
    // messages that the CLI makes itself have a name in angle brackets instead of a model
    model: model?.startsWith('<') === true ? undefined : model,
    tokens: parseUsage(message['usage']),
  };
}

function user(line: Fields, message: Fields): Entry {
  const content = message['content'];
  const all = blocks(content);
  const results = all.filter((block) => block['type'] === 'tool_result');
  // the record beside several results in one line belongs to no particular one
  const detail = results.length === 1 ? (fields(line['toolUseResult']) ?? {}) : {};
  const messageText = words(content) ?? '';
  const meaning = classify(line, messageText, results.length > 0);
  return {
    ...origin(line),
    kind: 'user',
    meaning,
    taskEnd: taskEnd(messageText),
    prompt: meaning === 'prompt' && isFromPerson(line, messageText) ? messageText : undefined,
    results: results.flatMap((block) => {
      const call = text(block['tool_use_id']);
      return call === undefined ? [] : [{ call, failed: block['is_error'] === true, detail }];
    }),
  };
}

const INTERRUPTED = '[Request interrupted by user';
/** Begins the message to the model after a hook refused the end of the turn. */
const REFUSED = 'Stop hook feedback:';

/**
 * What an answer of a hook means for the turn. With context at its end the turn goes on as after a refusal. A hook that ends it
 * leaves it interrupted: no other hook reports that.
 */
function meaningOf(line: Fields): 'refused' | 'interrupted' | undefined {
  const { type, hookEvent } = fields(line['attachment']) ?? {};
  if (type === 'hook_stopped_continuation') return 'interrupted';
  const isEnd = hookEvent === 'Stop' || hookEvent === 'SubagentStop';
  return type === 'hook_additional_context' && isEnd ? 'refused' : undefined;
}

/** Begins what the CLI records as user messages though the model does not get them: its own commands and their output. */
const LOCAL_COMMAND = /^<(?:command-|local-command-|bash-)/;

type Meaning = Extract<Entry, { kind: 'user' }>['meaning'];

function classify(line: Fields, messageText: string, hasResults: boolean): Meaning {
  if (messageText.startsWith(INTERRUPTED)) return 'interrupted';
  if (line['isMeta'] === true && messageText.startsWith(REFUSED)) return 'refused';
  if (hasResults || line['isMeta'] === true || line['isCompactSummary'] === true || LOCAL_COMMAND.test(messageText))
    return 'nothing';
  return 'prompt';
}

/** Whether a person typed a prompt, as far as its line and its words show it. */
function isFromPerson(line: Fields, prompt: string): boolean {
  const { kind = 'human' } = fields(line['origin']) ?? {};
  return prompt !== '' && kind === 'human' && line['promptSource'] !== 'system' && isTyped({ prompt });
}

function parseUsage(value: unknown): TokenCounts | undefined {
  const raw = fields(value);
  if (raw === undefined) return undefined;
  const count = (name: string): number => {
    const n = raw[name];
    return typeof n === 'number' && n >= 0 && n < 1e12 ? n : 0;
  };
  return {
    input: count('input_tokens') + count('cache_creation_input_tokens'),
    output: count('output_tokens'),
    cacheRead: count('cache_read_input_tokens'),
  };
}

/** What the session has cost so far in US dollars, which Claude Code writes at its end; undefined in any other line. */
export function readCost(value: unknown): number | undefined {
  const { type, totalCostUSD: cost } = fields(value) ?? {};
  return type === 'cost-state' && typeof cost === 'number' && cost >= 0 && cost < 1e9 ? cost : undefined;
}

function origin(line: Fields): Origin {
  const ts = typeof line['timestamp'] === 'string' ? Date.parse(line['timestamp']) : Number.NaN;
  return { ts: Number.isNaN(ts) ? undefined : ts, sessionId: text(line['sessionId']), cwd: text(line['cwd']) };
}

const fields = (value: unknown): Fields | undefined => (isRecord(value) ? value : undefined);

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 4096 ? value : undefined;
}

/** The words of a message: a text, or the texts among its blocks. */
function words(content: unknown): string | undefined {
  const texts = typeof content === 'string' ? [content] : blocks(content).map((block) => textOf(block));
  return texts.filter((each) => each !== undefined && each !== '').join('\n') || undefined;
}

const textOf = ({ type, text: words }: Fields): string | undefined =>
  type === 'text' && typeof words === 'string' ? words : undefined;

function blocks(content: unknown): Fields[] {
  return Array.isArray(content) ? content.filter(isRecord) : [];
}
