import { basename } from 'node:path';
import type { SessionOutcome, PastSession } from '#protocol/fileFormats.ts';
import type { SessionState } from '#protocol/state.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import type { Tokens } from '#core/claude/transcript/transcriptState.ts';

/** What became of a session that is over, from the state that all of its log makes. Pure. */
export function summarizeSession(
  state: SessionState,
  { folder, project }: { folder: string; project: string },
  transcript?: TranscriptSet,
): PastSession {
  const { session, workers, lastTs, events } = state;
  const all = [...workers.values()];
  const tokens = tokensOf(state, transcript);
  return {
    id: session.id ?? folder,
    title: basename(session.cwd ?? project),
    startedTs: session.startedTs ?? lastTs,
    endedTs: lastTs,
    outcome: outcomeOf(state),
    workers: all.length,
    failed: all.filter((w) => w.state === 'failed' || w.state === 'lost').length,
    events,
    ...(tokens === undefined ? {} : { tokens }),
  };
}

function outcomeOf(state: SessionState): SessionOutcome {
  if (state.aborted !== undefined) return 'aborted';
  const workers = [...state.workers.values()];
  if (workers.some((w) => w.state === 'failed' || w.state === 'lost')) return 'failed';
  // its Claude was gone before it could say so, or work was left undone
  if (state.conductor.state !== 'ended' || workers.some((w) => !hasEnded(w))) return 'interrupted';
  return 'ended';
}

/** All that was read and written: by Claude and its subagents as their transcripts tell, and by workers as they said. */
function tokensOf(state: SessionState, transcript: TranscriptSet | undefined): PastSession['tokens'] {
  const agents = transcript?.agents ?? new Map<string, never>();
  const transcripts = [
    ...(transcript === undefined ? [] : [transcript.main]),
    ...[...agents.values()].map((a) => a.state),
  ];
  const reported = [...state.workers.values()].flatMap(({ id, tokens }) => (tokens && !agents.has(id) ? [tokens] : []));
  const parts: Pick<Tokens, 'input' | 'output'>[] = [...transcripts.map((each) => each.tokens), ...reported];
  const sum = (kind: 'input' | 'output'): number => parts.reduce((total, each) => total + each[kind], 0);
  const tokens = { input: sum('input'), output: sum('output') };
  return tokens.input + tokens.output === 0 ? undefined : tokens;
}
