import { relative } from 'node:path';
import { ellipsize, truncate } from '#core/base/text.ts';
import { withSample } from '#core/fold/rate.ts';
import type { Line } from '#core/log/lineReader.ts';
import { foldAboutSession, foldWords } from './words.ts';
import { readCost, readEntry, type Entry } from './entry.ts';
import { isWorkerId } from '#protocol/ids.ts';
import type { BackgroundShell, TokenCounts, TranscriptState } from './transcriptState.ts';
import { applyTaskCall, TASK_TOOLS } from './tasks.ts';

/** The counts of this number of messages are kept: more than a compaction repeats. */
const MAX_MESSAGES = 512;
const MAX_CALLS = 100;
const MAX_FILES = 200;
const MAX_SHELLS = 50;
const MAX_STASH_CALLS = 100;
const MAX_COMMAND_CHARS = 2000;
const MAX_LABEL_CHARS = 120;
/** Lines written at the same time may be this far out of order. */
const REORDERED_MS = 1000;
/** An interruption so soon after a prompt that came while a turn was under way is the end of that turn. */
const QUEUED_MS = 500;

type Input = Record<string, unknown>;
type Assistant = Extract<Entry, { kind: 'assistant' }>;
type User = Extract<Entry, { kind: 'user' }>;

/** Folds one line into `state`. Counts and skips lines of unknown shape; never throws. */
export function foldLine(state: TranscriptState, line: Line): void {
  const value = 'value' in line ? line.value : undefined;
  const entry = readEntry(value);
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
    state.costUsd = readCost(value) ?? state.costUsd;
    return;
  }
  if (entry.kind === 'title' || entry.kind === 'lastPrompt') {
    state.lines.other++;
    foldAboutSession(state.words, entry);
    return;
  }
  state.lines.understood++;
  const ts = entry.ts ?? previousTs;
  if (entry.kind === 'assistant') onAssistant(state, entry, ts);
  else onUser(state, entry, ts);
  // an older line that a compaction repeats does not change the turn
  if (ts < previousTs - REORDERED_MS) return;
  foldWords(state.words, entry, ts);
  const { queuedTs = 0 } = state;
  const meaning = entry.kind === 'user' ? entry.meaning : undefined;
  if (meaning === 'prompt') state.queuedTs = state.turn?.state === 'working' ? ts : undefined;
  // a prompt that waited begins its turn before the end of the interrupted one is written
  if (meaning === 'interrupted' && ts - queuedTs < QUEUED_MS) return;
  const turn = turnAfter(entry);
  if (turn === undefined || state.turn?.state === turn) return;
  const [refused, interrupted] = [meaning === 'refused' || undefined, meaning === 'interrupted' || undefined];
  state.turn = { state: turn, sinceTs: ts, refused, interrupted };
}

function turnAfter(entry: Assistant | User): 'working' | 'idle' | undefined {
  if (entry.kind === 'assistant') return entry.endsTurn ? 'idle' : 'working';
  if (entry.meaning === 'interrupted') return 'idle';
  return entry.meaning === 'prompt' || entry.meaning === 'refused' ? 'working' : undefined;
}

function onAssistant(state: TranscriptState, entry: Assistant, ts: number): void {
  if (entry.model !== undefined) state.model = entry.model;
  if (entry.tokens !== undefined) {
    countTokens(state, entry.message, entry.tokens);
    state.recent = withSample(state.recent, ts, state.tokens.input + state.tokens.output);
  }
  // a message that the CLI makes itself has read nothing
  state.contextTokens = (entry.tokens && entry.tokens.input + entry.tokens.cacheRead) || state.contextTokens;
  for (const [id, call] of state.calls) if (call.message !== entry.message) state.calls.delete(id);
  for (const { id, name, input } of entry.calls) {
    const call = {
      name,
      label: describeCall(name, input, state.cwd),
      sinceTs: ts,
      message: entry.message,
      file: EDIT_TOOLS.has(name) ? pathOf(input) : undefined,
      input: TASK_TOOLS.has(name) ? input : undefined,
      shell: SHELL_TOOLS.has(name) ? shellOf(input) : undefined,
    };
    setNewest(state.calls, id, call, MAX_CALLS);
    const { command } = call.shell ?? {};
    if (command !== undefined && String(input['command']).includes('stash'))
      setNewest(state.stashCalls, id, { command, cwd: entry.cwd ?? state.cwd, from: ts }, MAX_STASH_CALLS);
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
    const stashCall = state.stashCalls.get(id);
    // in the background it goes on
    if (stashCall !== undefined && detail['backgroundTaskId'] === undefined) stashCall.to ??= ts;
    const call = state.calls.get(id);
    if (call === undefined) continue;
    state.calls.delete(id);
    if (failed) continue;
    if (call.input !== undefined) applyTaskCall(state.tasks, call.name, call.input, detail);
    if (call.shell !== undefined) startShell(state, call.shell, detail['backgroundTaskId'], ts);
    if (call.file !== undefined)
      setNewest(state.edits, call.file, Math.max(ts, state.edits.get(call.file) ?? 0), MAX_FILES);
  }
  const shell = state.shells.get(entry.taskEnd?.id ?? '');
  if (shell !== undefined) shell.end = entry.taskEnd;
  if (entry.meaning === 'interrupted') state.calls.clear();
}

/** A call of a shell is over, but with the id of a background task the shell goes on. */
function startShell(
  { shells }: TranscriptState,
  shell: Omit<BackgroundShell, 'sinceTs'>,
  id: unknown,
  sinceTs: number,
) {
  if (typeof id === 'string' && isWorkerId(id)) setNewest(shells, id, { ...shell, sinceTs }, MAX_SHELLS);
}

function shellOf({ command, description }: Input): Omit<BackgroundShell, 'sinceTs'> {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? truncate(value, MAX_COMMAND_CHARS) : undefined;
  return { command: text(command), task: text(description) };
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

/** The tools that run a command. */
const SHELL_TOOLS: ReadonlySet<string> = new Set(['Bash', 'PowerShell']);
/** The tools that change a file. */
const EDIT_TOOLS: ReadonlySet<string> = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);

/** A call in a few words: `Edit src/a.ts`, `Bash: npm test`. Paths below `cwd` are relative to it. */
export function describeCall(tool: string, input: Input, cwd: string | undefined): string {
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
