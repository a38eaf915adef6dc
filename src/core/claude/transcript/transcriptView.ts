import type { Worker } from '#protocol/state.ts';
import type { TranscriptView } from '#protocol/viewModel.ts';
import type { AgentTranscript } from './sessionTranscript.ts';
import type { TranscriptState } from './transcriptState.ts';
import { taskProgress } from './tasks.ts';

/** What the panel shows of a transcript; undefined where no line of it was understood. */
export function transcriptView(state: TranscriptState): TranscriptView | undefined {
  if (state.lines.understood === 0) return undefined;
  const call = [...state.calls.values()].at(-1);
  return {
    tokens: { ...state.tokens },
    tasks: taskProgress(state.tasks),
    activity: call && { text: call.label, sinceTs: call.sinceTs },
    model: state.model,
    contextTokens: state.contextTokens,
    costUsd: state.costUsd,
  };
}

/** A worker with the facts of its own transcript, except where the log has them. */
export function withTranscript(worker: Worker, { state, task, kind, parent }: AgentTranscript): Worker {
  const view = transcriptView(state);
  if (view === undefined) return worker;
  const lastTs = state.lastTs ?? worker.lastTs;
  const progress = lastTs === undefined ? undefined : progressOf(view.tasks, lastTs);
  const newestTs = lastTs && Math.max(lastTs, worker.lastTs ?? 0);
  // the log has who started it only after the first hook that follows
  const startedBy = parent ?? worker.parent;
  return { task, kind, progress, tokens: view.tokens, ...worker, parent: startedBy, lastTs: newestTs };
}

/** A task list as progress, with a text such as `3 of 7: writing tests`. */
function progressOf(tasks: TranscriptView['tasks'], ts: number): Worker['progress'] {
  if (tasks === undefined) return undefined;
  const { done, total, current } = tasks;
  return {
    pct: (100 * done) / total,
    message: `${done} of ${total}${current === undefined ? '' : `: ${current}`}`,
    ts,
  };
}
