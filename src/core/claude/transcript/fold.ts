import { relative } from 'node:path';
import { ellipsize } from '#core/base/text.ts';
import type { Line } from '#core/log/lineReader.ts';
import { readEntry, type Entry } from './entry.ts';
import type { TokenCounts, TranscriptState } from './transcriptState.ts';
import { applyTaskCall, TASK_TOOLS } from './tasks.ts';

/** The counts of this number of messages are kept: more than a compaction repeats. */
const MAX_MESSAGES = 512;
const MAX_CALLS = 100;
const MAX_FILES = 200;
const MAX_LABEL_CHARS = 120;
/** Lines written at the same time may be this far out of order. */
const REORDERED_MS = 1000;

type Input = Record<string, unknown>;
type Assistant = Extract<Entry, { kind: 'assistant' }>;
type User = Extract<Entry, { kind: 'user' }>;

/** Folds one line into `state`. Counts and skips lines of unknown shape; never throws. */
export function foldLine(state: TranscriptState, line: Line): void {
  const entry = 'value' in line ? readEntry(line.value) : undefined;
  if (entry === undefined) {
    state.lines.unknown++;
    return;
  }
  state.sessionId ??= entry.sessionId;
  state.cwd ??= entry.cwd;
  const previousTs = state.lastTs ?? 0;
  if (entry.ts !== undefined) {
    state.firstTs ??= entry.ts;
    state.lastTs = Math.max(previousTs, entry.ts);
  }
  if (entry.kind === 'other') {
    state.lines.other++;
    return;
  }
  state.lines.understood++;
  const ts = entry.ts ?? previousTs;
  if (entry.kind === 'assistant') onAssistant(state, entry, ts);
  else onUser(state, entry, ts);
  // an older line that a compaction repeats does not change the turn
  if (ts < previousTs - REORDERED_MS) return;
  const turn = turnAfter(entry);
  if (turn === undefined || state.turn?.state === turn) return;
  const refused = entry.kind === 'user' && entry.meaning === 'refused';
  state.turn = { state: turn, sinceTs: ts, refused: refused || undefined };
}

function turnAfter(entry: Assistant | User): 'working' | 'idle' | undefined {
  if (entry.kind === 'assistant') return entry.endsTurn ? 'idle' : 'working';
  if (entry.meaning === 'interrupted') return 'idle';
  return entry.meaning === 'prompt' || entry.meaning === 'refused' ? 'working' : undefined;
}

function onAssistant(state: TranscriptState, entry: Assistant, ts: number): void {
  if (entry.model !== undefined) state.model = entry.model;
  if (entry.tokens !== undefined) countTokens(state, entry.message, entry.tokens);
  for (const [id, call] of state.calls) if (call.message !== entry.message) state.calls.delete(id);
  for (const { id, name, input } of entry.calls) {
    const call = {
      name,
      label: describeCall(name, input, state.cwd),
      sinceTs: ts,
      message: entry.message,
      file: EDIT_TOOLS.has(name) ? pathOf(input) : undefined,
      input: TASK_TOOLS.has(name) ? input : undefined,
    };
    setNewest(state.calls, id, call, MAX_CALLS);
  }
}

/** Each line of a message has its counts so far, which replace those of the line before. */
function countTokens({ tokens, tokensByMessage }: TranscriptState, message: string, current: TokenCounts): void {
  const previous = tokensByMessage.get(message);
  for (const kind of ['input', 'output', 'cacheRead'] as const) tokens[kind] += current[kind] - (previous?.[kind] ?? 0);
  setNewest(tokensByMessage, message, current, MAX_MESSAGES);
}

function onUser(state: TranscriptState, entry: User, ts: number): void {
  for (const { call: id, failed, detail } of entry.results) {
    const call = state.calls.get(id);
    if (call === undefined) continue;
    state.calls.delete(id);
    if (failed) continue;
    if (call.input !== undefined) applyTaskCall(state.tasks, call.name, call.input, detail);
    if (call.file !== undefined)
      setNewest(state.edits, call.file, Math.max(ts, state.edits.get(call.file) ?? 0), MAX_FILES);
  }
  if (entry.meaning === 'interrupted') state.calls.clear();
}

/** Sets a value as the newest of a map that keeps at most `max` of them. */
function setNewest<V>(map: Map<string, V>, key: string, value: V, max: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= max) return;
    map.delete(oldest);
  }
}

/** The tools that change a file. */
const EDIT_TOOLS: ReadonlySet<string> = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);

/** A call in a few words: `Edit src/a.ts`, `Bash: npm test`. Paths below `cwd` are relative to it. */
function describeCall(tool: string, input: Input, cwd: string | undefined): string {
  const short = (text: string): string => ellipsize(text, MAX_LABEL_CHARS);
  const path = pathOf(input);
  if (path !== undefined) return `${tool} ${short(cwd === undefined ? path : shortenPath(path, cwd))}`;
  const { command, pattern, url, description, subject, prompt } = input;
  const argument = [command, pattern, url, description, subject, prompt].find((v) => typeof v === 'string' && v !== '');
  return typeof argument === 'string' ? `${tool}: ${short(argument.trim().split('\n')[0] ?? '')}` : tool;
}

function pathOf(input: Input): string | undefined {
  return [input['file_path'], input['notebook_path'], input['path']].find(
    (v): v is string => typeof v === 'string' && v !== '',
  );
}

function shortenPath(path: string, cwd: string): string {
  const relativePath = relative(cwd, path);
  return relativePath === '' || relativePath.startsWith('..') ? path : relativePath;
}
