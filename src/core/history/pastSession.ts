import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { SessionOutcome, PastSession } from '#protocol/fileFormats.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import { followTranscript, type TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { ENDED_SILENTLY, isNameOnly } from '#core/fold/queries.ts';
import { Recording } from '#core/history/replay/recording.ts';

/** A transcript is read for this long, ms, before other work gets its turn. */
const SLICE_MS = 4;

/**
 * Reads the log and the transcript of a session that is over, in slices, and summarizes them. Undefined if
 * `shouldContinue` returns false, or if the log changes during the reading. Throws the system's error.
 */
export async function readPastSession(
  { folder, dir, project }: { folder: string; dir: string; project: string },
  shouldContinue: () => boolean,
): Promise<PastSession | undefined> {
  const recording = await Recording.open(dir);
  try {
    if ((await recording.read(shouldContinue)) !== 'read') return undefined;
    const { state } = recording;
    const transcript = await readTranscript(state.session.transcript, shouldContinue);
    return shouldContinue() ? summarize(state, { folder, project }, transcript) : undefined;
  } finally {
    await recording.close();
  }
}

async function readTranscript(path: string | undefined, shouldContinue: () => boolean) {
  if (path === undefined || !existsSync(path)) return undefined;
  const transcript = followTranscript(path);
  for (let hasMore = true; hasMore && shouldContinue();) {
    const endMs = performance.now() + SLICE_MS;
    hasMore = transcript.read(() => performance.now() < endMs);
    await yieldToEventLoop();
  }
  return transcript;
}

/** Summarizes a session from the state after its whole log. Pure. */
function summarize(
  state: SessionState,
  { folder, project }: { folder: string; project: string },
  transcript: TranscriptSet | undefined,
): PastSession {
  const { session, workers, lastTs, events } = state;
  const tokens = tokensOf(state, transcript);
  return {
    id: session.id ?? folder,
    title: basename(session.cwd ?? project),
    startedTs: session.startedTs ?? lastTs,
    endedTs: lastTs,
    outcome: outcomeOf(state),
    workers: workers.size,
    failed: [...workers.values()].filter(hasFailed).length,
    events,
    ...(session.transcript === undefined ? {} : { transcript: session.transcript }),
    ...(session.firstPrompt === undefined ? {} : { prompt: session.firstPrompt }),
    ...(tokens === undefined ? {} : { tokens }),
  };
}

const hasFailed = ({ state }: Worker): boolean => state === 'failed' || state === 'lost';

function outcomeOf(state: SessionState): SessionOutcome {
  if (state.aborted !== undefined) return 'aborted';
  const workers = [...state.workers.values()];
  if (workers.some(hasFailed)) return 'failed';
  const { conductor } = state;
  // Claude ended without reporting it, or workers were still at work
  if (conductor.state !== 'ended' || conductor.reason === ENDED_SILENTLY) return 'interrupted';
  if (workers.some((w) => !hasEnded(w) && !isNameOnly(w))) return 'interrupted';
  return 'ended';
}

/** All tokens: those of Claude and its subagents from their transcripts, those of workers from their own reports. */
function tokensOf(state: SessionState, transcript: TranscriptSet | undefined): PastSession['tokens'] {
  const agents: TranscriptSet['agents'] = transcript?.agents ?? new Map();
  const transcripts = transcript === undefined ? [] : [transcript.main, ...[...agents.values()].map((a) => a.state)];
  const reported = [...state.workers.values()].flatMap(({ id, tokens }) => (tokens && !agents.has(id) ? [tokens] : []));
  const parts = [...transcripts.map((each) => each.tokens), ...reported];
  const sum = (kind: 'input' | 'output'): number => parts.reduce((total, each) => total + each[kind], 0);
  const tokens = { input: sum('input'), output: sum('output') };
  return tokens.input + tokens.output === 0 ? undefined : tokens;
}
