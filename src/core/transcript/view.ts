import type { TranscriptView } from '../../protocol/viewModel.ts';
import type { TranscriptState } from './state.ts';
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
    ...(call === undefined ? {} : { activity: { text: call.words, sinceTs: call.sinceTs } }),
    ...(model === undefined ? {} : { model }),
  };
}
