import type { Worker } from '#protocol/state.ts';
import type { TranscriptView } from '#protocol/viewModel.ts';
import type { AgentTranscript } from './sessionTranscript.ts';
import type { TranscriptState } from './transcriptState.ts';
import { taskProgress } from './tasks.ts';

/** What people are shown of a transcript; undefined where nothing in it was understood. */
export function transcriptView(state: TranscriptState): TranscriptView | undefined {
  if (state.lines.understood === 0) return undefined;
  const tasks = taskProgress(state.tasks);
  const call = [...state.calls.values()].at(-1);
  const { tokens, model } = state;
  return {
    tokens: { ...tokens },
    ...(tasks === undefined ? {} : { tasks }),
    ...(call === undefined ? {} : { activity: { text: call.label, sinceTs: call.sinceTs } }),
    ...(model === undefined ? {} : { model }),
  };
}

/** A task list in words: `3 of 7: writing tests`. */
function describeTasks({ done, total, current }: NonNullable<TranscriptView['tasks']>): string {
  return `${done} of ${total}${current === undefined ? '' : `: ${current}`}`;
}

/** A worker with what its own transcript tells; what it or a hook has said in the log goes before. */
export function withTranscript(worker: Worker, { state, task, kind }: AgentTranscript): Worker {
  const view = transcriptView(state);
  if (view === undefined) return worker;
  const { tasks } = view;
  const lastTs = state.lastTs ?? worker.lastTs;
  const progress =
    tasks === undefined || lastTs === undefined
      ? undefined
      : { pct: (100 * tasks.done) / tasks.total, message: describeTasks(tasks), ts: lastTs };
  return {
    ...(task === undefined ? {} : { task }),
    ...(kind === undefined ? {} : { kind }),
    ...(progress === undefined ? {} : { progress }),
    tokens: view.tokens,
    ...worker,
    ...(lastTs === undefined ? {} : { lastTs: Math.max(lastTs, worker.lastTs ?? 0) }),
  };
}
