import { isRecord } from '#core/base/json.ts';
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
        /** Whether this message ends the turn. */
        endsTurn: boolean;
      }
    | { kind: 'user'; results: Result[]; meaning: 'prompt' | 'refused' | 'interrupted' | 'nothing' }
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
  return { ...origin(line), kind: 'other' };
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
    endsTurn: failed || (typeof stop === 'string' && stop !== 'tool_use' && stop !== 'pause_turn'),
    // messages that the CLI makes itself have a name in angle brackets instead of a model
    model: model?.startsWith('<') === true ? undefined : model,
    tokens: parseUsage(message['usage']),
  };
}

function user(line: Fields, message: Fields): Entry {
  const content = message['content'];
  const all = blocks(content);
  const firstText = text(all.find((block) => block['type'] === 'text')?.['text']) ?? '';
  const results = all.filter((block) => block['type'] === 'tool_result');
  // the record beside several results in one line belongs to no particular one
  const detail = results.length === 1 ? (fields(line['toolUseResult']) ?? {}) : {};
  return {
    ...origin(line),
    kind: 'user',
    results: results.flatMap((block) => {
      const call = text(block['tool_use_id']);
      return call === undefined ? [] : [{ call, failed: block['is_error'] === true, detail }];
    }),
    meaning: classify(line, typeof content === 'string' ? content : firstText, results.length > 0),
  };
}

const INTERRUPTED = '[Request interrupted by user';
/** Begins the message to the model after a hook refused the end of the turn. */
const REFUSED = 'Stop hook feedback:';
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

function origin(line: Fields): Origin {
  const ts = typeof line['timestamp'] === 'string' ? Date.parse(line['timestamp']) : Number.NaN;
  return { ts: Number.isNaN(ts) ? undefined : ts, sessionId: text(line['sessionId']), cwd: text(line['cwd']) };
}

const fields = (value: unknown): Fields | undefined => (isRecord(value) ? value : undefined);

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 4096 ? value : undefined;
}

function blocks(content: unknown): Fields[] {
  return Array.isArray(content) ? content.filter(isRecord) : [];
}
