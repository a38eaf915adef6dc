import type { NewEvent } from '#core/log/append.ts';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import type { SessionState } from '#protocol/state.ts';
import type { Reach, ViewModel } from '#protocol/viewModel.ts';

/** A transcript as far as it has been read; `revision` grows with every new line. */
export type TrackedTranscript = TranscriptSet & { revision: number };

/** A session as every surface knows it, whether it is known from its hooks or only from its transcript. */
export interface Session {
  /** Its folder in the Fermata home, or its id where it has none. */
  readonly folder: string;
  readonly id: string;
  readonly live: boolean;
  readonly project: string | undefined;
  readonly startedTs: number;
  readonly state: SessionState;
  /** Path of its transcript, where it is known. */
  readonly transcript: string | undefined;
  /** Why its hooks do not reach Fermata, where it is known only from its transcript. */
  readonly hookProblem?: string;
  /** What of it can be reached from here; undefined for all. */
  readonly reach?: Reach | undefined;
  view(now: number, silentSeconds: number, transcript?: TrackedTranscript): ViewModel;
  /** Appends an event to its log; without a log the event lasts as long as this window. */
  append(now: number, event: NewEvent): void;
}
