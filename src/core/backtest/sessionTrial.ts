import { join } from 'node:path';
import type { Event } from '#protocol/event.ts';
import type { SessionState } from '#protocol/state.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { findTranscript } from '#core/claude/processes.ts';
import { readPastMoments, type PastMoments } from '#core/claude/transcript/pastMoments.ts';
import { isBudget } from '#core/fold/limitConditions.ts';
import { isOfHook } from '#core/fold/time.ts';
import { newerFormatReason } from '#core/fold/queries.ts';
import { isRecord } from '#core/base/json.ts';
import type { Line } from '#core/log/lineReader.ts';
import { LogTail } from '#core/log/logTail.ts';
import { monotonicMs } from '#core/base/clock.ts';
import type { CallContext } from '#core/policy/activeBlocks.ts';
import { judgedInput } from '#core/policy/callSummary.ts';
import { Backtest, type SessionResult } from './backtest.ts';
import type { JudgedCalls } from './judgedCalls.ts';
import { conditionsOf, type HeldMoment, type TriedPolicy } from './policy.ts';
import { addReason } from './unjudged.ts';

/** What one session may take: logs and transcripts come from others, and a history has hundreds of them. */
const MAX_MS = 10_000;
const MAX_TRANSCRIPT_BYTES = 256 << 20;
const MAX_MOMENTS = 100_000;
const MAX_TRANSCRIPTS = 8;
const CHUNK_BYTES = 1 << 20;

/** Where the record of a session is: its folder with a log, its transcript, or both. */
export interface RecordedSession {
  id: string;
  dir?: string | undefined;
  transcript?: string | undefined;
}

/** A session that was tried. */
export interface TriedSession extends RecordedSession {
  /** The folder in which it ran. */
  project: string | undefined;
  startedTs: number;
  /** Damaged lines of its log, which were passed over. */
  damaged: number;
  result: SessionResult;
}

/** A session that could not be tried, and why, as a sentence without a full stop. */
export interface SkippedSession {
  id: string;
  skipped: string;
}

/** What a trial works with. */
export interface BacktestContext {
  home: string;
  /** Claude Code's folder. */
  config: string;
  calls: JudgedCalls;
  /** Called for each call and end of a turn that is judged. */
  onJudged?: (state: SessionState, context: CallContext, moment: HeldMoment, isHeld: boolean) => void;
}

/** Tries a policy on one recorded session. Reads only; never throws, and never takes long. */
export function trySession(
  recorded: RecordedSession,
  policy: TriedPolicy,
  { home, config, calls, onJudged }: BacktestContext,
): TriedSession | SkippedSession {
  const { id, dir } = recorded;
  const endMs = monotonicMs() + MAX_MS;
  const shouldContinue = (): boolean => monotonicMs() < endMs;
  try {
    const outline = dir === undefined ? { transcripts: [], hooks: [] } : outlineOf(dir, config, shouldContinue);
    const transcripts = recorded.transcript === undefined ? outline.transcripts : [recorded.transcript];
    const past = readAll(transcripts, shouldContinue, hasBudget(policy));
    if (dir === undefined && past === undefined) return { id, skipped: 'its transcript cannot be read' };
    const backtest = new Backtest(
      policy,
      home,
      calls,
      past,
      onJudged && ((...judged) => onJudged(backtest.state, ...judged)),
    );
    const { hooks } = outline;
    let next = 0;
    const add = (line: Line): void => {
      while (next < hooks.length && (hooks[next]?.pos ?? 0) < line.pos) next++;
      backtest.add(line, hooks[next]?.ts);
    };
    if (dir !== undefined) readLog(dir, add, shouldContinue);
    const { state } = backtest;
    const newer = newerFormatReason(state);
    if (newer !== undefined) return { id, skipped: newer.replace(/\.$/, '') };
    const damaged = [...state.damaged.values()].reduce((sum, count) => sum + count, 0);
    if (dir !== undefined && state.events === 0 && damaged > 0)
      return { id, skipped: 'its log is damaged: no line of it can be read' };
    const result = backtest.finish();
    if (!shouldContinue()) return { id, skipped: `to try it takes longer than ${MAX_MS / 1000} s` };
    if (past?.cut === true) addReason(result.unjudged, 'cut');
    const project = state.session.cwd ?? past?.cwd;
    const startedTs = state.session.startedTs ?? past?.moments[0]?.ts ?? state.lastTs;
    return { ...recorded, transcript: transcripts[0], project, startedTs, damaged, result };
  } catch (error) {
    return { id, skipped: `its log cannot be read: ${(error as Error).message}` };
  }
}

function readLog(dir: string, onLine: (line: Line) => void, shouldContinue: () => boolean): void {
  const tail = new LogTail(dir);
  do for (const line of tail.next(CHUNK_BYTES)) onLine(line);
  while (tail.fraction < 1 && shouldContinue());
}

/** What of a log has to be known before it is judged. */
interface Outline {
  /** The transcripts that it names: a session that was resumed may have several. Else the one that Claude Code has of it. */
  transcripts: string[];
  /** The lines of hooks: a line that stands before one was written before it, whatever its own clock shows. */
  hooks: { pos: number; ts: number }[];
}

function outlineOf(dir: string, config: string, shouldContinue: () => boolean): Outline {
  const named = new Set<string>();
  const hooks: Outline['hooks'] = [];
  let known: { cwd: string; session: string } | undefined;
  const onLine = (line: Line): void => {
    const parsed = 'value' in line && hasHookType(line.value) ? parseEvent(line.value) : undefined;
    if (parsed?.kind !== 'event') return;
    const { event } = parsed;
    if (event.ts !== undefined) hooks.push({ pos: line.pos, ts: event.ts });
    if (event.t !== 'session') return;
    const { session, cwd = '', transcript } = event;
    known ??= { cwd, session };
    if (transcript !== undefined && named.size < MAX_TRANSCRIPTS) named.add(transcript);
  };
  readLog(dir, onLine, shouldContinue);
  if (named.size > 0 || known === undefined) return { transcripts: [...named], hooks };
  return { transcripts: [findTranscript(config, known)].filter((path) => path !== undefined), hooks };
}

const hasHookType = (value: unknown): boolean => isRecord(value) && isOfHook(value['t'] as Event['t']);

const hasBudget = (policy: TriedPolicy): boolean => conditionsOf(policy).some((text) => isBudget({ text }));

/** The moments of all transcripts that can be read; undefined where none can. */
function readAll(paths: readonly string[], shouldContinue: () => boolean, spending: boolean): PastMoments | undefined {
  const maxBytes = MAX_TRANSCRIPT_BYTES;
  const limits = { maxBytes, maxMoments: MAX_MOMENTS, shouldContinue, keep: judgedInput, spending };
  const [first, ...more] = paths.flatMap((path) => readPastMoments(path, limits) ?? []);
  if (first === undefined || more.length === 0) return first;
  const all = [first, ...more];
  return {
    moments: all.flatMap(({ moments }) => moments).toSorted((a, b) => a.ts - b.ts),
    cwd: first.cwd,
    unreadable: all.reduce((sum, { unreadable }) => sum + unreadable, 0),
    cut: all.some(({ cut }) => cut),
  };
}

/** A recorded session by the path of its folder, its log or its transcript. */
export function recordedAt(path: string): RecordedSession {
  const name = path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
  if (name === 'events.jsonl') return recordedAt(join(path, '..'));
  return name.endsWith('.jsonl') ? { id: name.slice(0, -'.jsonl'.length), transcript: path } : { id: name, dir: path };
}
