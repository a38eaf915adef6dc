import type { SessionLink } from '#core/machines/sessionLink.ts';
import type { Reach } from '#protocol/viewModel.ts';
import type { SessionState } from '#protocol/state.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';

/** The input of the projection besides the state. */
export interface ProjectionOptions {
  /** Epoch ms. */
  now: number;
  /** A worker at work without a sign of life for this time is shown as silent. */
  silentSeconds: number;
  /** The session's folder name, used where the log has no session id. */
  id: string;
  /** Whether Claude's process is known to exist. */
  live: boolean;
  transcript?: TranscriptSet | undefined;
  /** Why its hooks write no log, for a session that is known by its transcript only. */
  unhooked?: string;
  /** The sentences of the view; without them English. */
  texts?: ViewTexts | undefined;
  reach?: Reach | undefined;
  /** How it is connected with other machines; undefined for a session that is not shared. */
  link?: SessionLink | undefined;
}

/** Whether its Claude runs, as far as the log and the process show. */
export const isLive = ({ conductor }: SessionState, { live }: Pick<ProjectionOptions, 'live'>): boolean =>
  live && conductor.state !== 'ended';
