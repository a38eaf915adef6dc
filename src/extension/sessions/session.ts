import type { NewEvent } from '#core/log/append.ts';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import type { SessionState } from '#protocol/state.ts';
import type { ViewModel } from '#protocol/viewModel.ts';

/** A transcript as it is read so far; `revision` grows with what is read. */
export type TrackedTranscript = TranscriptSet & { revision: number };

/** A session as every surface knows it, whether its hooks tell of it or only its transcript does. */
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
  /** Why its hooks tell nothing, where only its transcript does. */
  readonly hookProblem?: string;
  view(now: number, silentSeconds: number, transcript?: TrackedTranscript): ViewModel;
  /** Says something in its log; for one without a log it is kept as long as this window is open. */
  append(now: number, event: NewEvent): void;
}
