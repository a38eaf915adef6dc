/** The Board: every session of a scope in the order in which it wants the person. Times are epoch ms. */
import type { AskView, HeldCallView, LinkView, NoticeView, Reach, TranscriptView } from './viewModel.ts';

/** In the order on the screen. `done`: idle and seen, or ended today. */
export const BOARD_GROUPS = ['needsYou', 'yourTurn', 'waiting', 'working', 'done'] as const;
export type BoardGroup = (typeof BOARD_GROUPS)[number];

/** The kinds of notices that wait for the person; the others are notes. */
export const DECIDED_NOTICES: readonly NoticeView['kind'][] = ['escalation', 'cycle', 'collision', 'plan', 'rules'];

/** One line of the Board: a decision of the person, or a session that needs none. */
export interface BoardRow {
  /** Unique on the Board, and the same as long as it concerns the same thing. */
  id: string;
  /** The session that it belongs to; without it the whole window. */
  session?: string;
  /** The session as a person calls it; of a notice of the window its text. */
  name: string;
  projectName?: string;
  /** The subagent or worker that asks, as a person calls it; without it Claude itself. */
  agent?: string;
  /**
   * One of these where the row is a decision, none for a dialog in Claude's terminal of which nothing else is known;
   * `call` also where a call waits for something that ends itself.
   */
  ask?: AskView;
  call?: HeldCallView;
  notice?: NoticeView;
  /** `decide`: the person chooses. `failed`: something is stuck or broken. `note`: nothing to choose. */
  tone: 'decide' | 'failed' | 'note';
  /** When it began: to wait, to work, to be idle. */
  sinceTs?: number;
  /** When a waiting row goes on by itself, if that is known. */
  etaTs?: number;
  /** What it does now, or Claude's last words. */
  text?: string;
  /** Those words end with a question. */
  asks?: boolean;
  tasks?: TranscriptView['tasks'];
  /** Its workers and subagents in numbers; those that failed are counted until the session's next turn. */
  agents?: { running: number; failed: number };
  /** Since when there was no sign of life, if that is long for a session at work. */
  quietSinceTs?: number;
  /** The first pair of its branches that would conflict, as a sentence. */
  conflict?: string;
  /** How fast it spends tokens, as a sentence. */
  spending?: string;
  /** The budget of which most is spent, as a sentence. */
  budget?: string;
  /** The person keeps its session first in its group. */
  pinned?: true;
  /** Of a row in `done`: whether its session has ended. */
  ended?: boolean;
  /** Its session runs in the background. */
  background?: true;
  /** Whether the person can act on it from here. */
  canAct: boolean;
  reach?: Reach;
  /** The other machine that has its session, and how that is connected. */
  machine?: string;
  link?: LinkView;
}

export interface BoardView {
  groups: Record<BoardGroup, BoardRow[]>;
  /** The number of rows in `needsYou`: the one number of badge, status bar, section, tree and spoken text. */
  needsYou: number;
  /** The number of sessions on it that live. */
  live: number;
}
