import { closeSync, readSync } from 'node:fs';
import { openFile } from '#core/base/files/openFile.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import { agentFiles } from './agentFiles.ts';
import { readEntry, type Entry } from './entry.ts';
import { describeCall } from './fold.ts';
import { addTokens, type CountedMessages, type TokenCount } from './tokenCount.ts';
import { isRepetition } from './transcriptTail.ts';

/** An agent as Claude Code's hooks name it; without an id it is Claude itself. */
interface Acting {
  agent?: string;
  agentType?: string | undefined;
}

/** A tool call that Claude or one of its agents has made. */
export interface PastCall extends Acting {
  kind: 'call';
  ts: number;
  /** Claude Code's id of it. */
  id: string;
  tool: string;
  /** What is kept of it. */
  input: Record<string, unknown>;
  cwd: string | undefined;
  /** The call in a few words. */
  label: string;
  /** When its result was there. */
  endTs?: number;
}

/** A prompt that a person has typed. */
export interface PastPrompt {
  kind: 'prompt';
  ts: number;
  text: string;
}

/** The end of a turn of Claude or of an agent. */
export interface PastStop extends Acting {
  kind: 'stop';
  ts: number;
}

/** What Claude or an agent has spent up to a message, in tokens. */
export interface PastUsage extends Acting, TokenCount {
  kind: 'spending';
  ts: number;
}

export type PastMoment = PastCall | PastPrompt | PastStop | PastUsage;

/** What the transcripts of one session have, in the order of time. */
export interface PastMoments {
  moments: PastMoment[];
  /** The folder in which the session began. */
  cwd: string | undefined;
  /** Lines that are damaged, or too long to be read. */
  unreadable: number;
  /** Whether a limit of size or time ended the reading before the end. */
  cut: boolean;
}

export interface PastLimits {
  /** No more bytes are read of all transcripts of the session together. */
  maxBytes: number;
  maxMoments: number;
  shouldContinue: () => boolean;
  /** What is kept of a call's input, so that memory is bounded. */
  keep: (input: Record<string, unknown>) => Record<string, unknown>;
  /** Whether tokens are counted. */
  spending?: boolean;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Reads the transcript of a session and those of its agents from the beginning, and writes nothing. Undefined where there is
 * none that could be read: it is gone, of another user, or no file.
 */
export function readPastMoments(path: string, limits: PastLimits): PastMoments | undefined {
  const past: PastMoments = { moments: [], cwd: undefined, unreadable: 0, cut: false };
  let bytesLeft = limits.maxBytes;
  const read = (file: string, acting: Acting): boolean => {
    const reader = new MomentReader(past, acting, limits);
    const bytes = readLines(file, bytesLeft, limits.shouldContinue, (line) => reader.add(line));
    if (bytes === undefined) return false;
    bytesLeft -= bytes.read;
    past.cut ||= bytes.cut;
    return true;
  };
  if (!read(path, {})) return undefined;
  for (const { id, path: file, facts } of agentFiles(path)) read(file, { agent: id, agentType: facts?.kind });
  past.cut ||= past.moments.length > limits.maxMoments;
  past.moments.splice(limits.maxMoments);
  // each transcript is in order but for what a compaction repeats, and sorting keeps the order of equal times
  past.moments.sort((a, b) => a.ts - b.ts);
  return past;
}

/** Takes the moments of one transcript out of its lines. */
export class MomentReader {
  readonly #past: PastMoments;
  readonly #acting: Acting;
  readonly #limits: Pick<PastLimits, 'maxMoments' | 'keep' | 'spending'>;
  /** The calls by their ids: a compaction repeats lines. */
  readonly #calls = new Map<string, PastCall>();
  readonly #counts: CountedMessages = new Map();
  readonly #spent: TokenCount = { input: 0, output: 0 };
  #lastTs = 0;
  /** The message whose lines have ended the turn. */
  #ending: string | undefined;

  constructor(past: PastMoments, acting: Acting, limits: Pick<PastLimits, 'maxMoments' | 'keep' | 'spending'>) {
    this.#past = past;
    this.#acting = acting;
    this.#limits = limits;
  }

  add(line: Line): void {
    if ('damage' in line) {
      this.#past.unreadable++;
      return;
    }
    const entry = readEntry(line.value);
    if (entry === undefined || this.#past.moments.length > this.#limits.maxMoments) return;
    this.#past.cwd ??= entry.cwd;
    const ts = entry.ts ?? this.#lastTs;
    this.#lastTs = Math.max(this.#lastTs, ts);
    if (entry.kind === 'assistant') this.#addMessage(entry, ts);
    if (entry.kind === 'user') this.#addAnswer(entry, ts);
  }

  #addMessage(entry: Extract<Entry, { kind: 'assistant' }>, ts: number): void {
    // a hook that judges a call of this message has its tokens in the transcript
    if (this.#limits.spending === true && entry.tokens !== undefined)
      this.#addSpending(entry.message, entry.tokens, ts);
    for (const { id, name: tool, input } of entry.calls) {
      if (this.#calls.has(id)) continue;
      const label = describeCall(tool, input, this.#past.cwd);
      const kept = this.#limits.keep(input);
      const call: PastCall = { kind: 'call', ts, id, tool, input: kept, cwd: entry.cwd, label, ...this.#acting };
      this.#calls.set(id, call);
      this.#past.moments.push(call);
    }
    if (!entry.endsTurn || entry.message === this.#ending) return;
    this.#ending = entry.message;
    this.#past.moments.push({ kind: 'stop', ts, ...this.#acting });
  }

  #addSpending(message: string, tokens: TokenCount, ts: number): void {
    const before = this.#spent.input + this.#spent.output;
    addTokens(this.#spent, this.#counts, message, tokens);
    if (this.#spent.input + this.#spent.output === before) return;
    this.#past.moments.push({ kind: 'spending', ts, ...this.#spent, ...this.#acting });
  }

  #addAnswer(entry: Extract<Entry, { kind: 'user' }>, ts: number): void {
    for (const { call } of entry.results) {
      const known = this.#calls.get(call);
      if (known !== undefined) known.endTs ??= Math.max(known.ts, ts);
    }
    if (entry.prompt !== undefined && this.#acting.agent === undefined)
      this.#past.moments.push({ kind: 'prompt', ts, text: entry.prompt });
  }
}

/** The bytes that were read, and whether there are more; undefined where the file may not be read. */
export function readLines(
  path: string,
  maxBytes: number,
  shouldContinue: () => boolean,
  emit: (line: Line) => void,
): { read: number; cut: boolean } | undefined {
  if (!path.endsWith('.jsonl')) return undefined;
  let fd: number | undefined;
  try {
    const file = openFile(path);
    fd = file.fd;
    if (file.stats.uid !== (process.getuid?.() ?? file.stats.uid)) return undefined;
    const reader = new LineReader(0, isRepetition);
    const end = Math.min(file.stats.size, maxBytes);
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, end)));
    while (reader.end < end && shouldContinue()) {
      const bytes = readSync(fd, buffer, 0, Math.min(buffer.length, end - reader.end), reader.end);
      if (bytes === 0) break;
      reader.push(buffer.subarray(0, bytes), emit);
    }
    return { read: reader.end, cut: reader.end < file.stats.size };
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
