/** The whole contract between the extension and the panel. Host to panel: complete snapshots, never deltas. */
import type { ReplayView, Speed } from './replay.ts';
import type { ActivityView, NoticeView, SessionView, ViewModel } from './viewModel.ts';

/** What the extension knows besides a session's log. */
export interface PanelState {
  /** Sessions of this window's folders, newest first; `selected` is the one in `view`. */
  sessions: SessionView[];
  selected?: string;
  view?: ViewModel;
  /** The panel shows the past of the selected session: `view` is as it was then, once the log is read. */
  replay?: ReplayView;
  /** What is wrong or waits for approval while there is no session to show it with: then it is in `view`. */
  notices?: NoticeView[];
  /** `stopped`: something but the installation keeps Claude Code from running hooks, and `detail` says what. */
  hooks: { state: 'installed' | 'missing' | 'broken' | 'stopped' | 'untrusted'; detail?: string };
  trusted: boolean;
  /** The panel could not be filled: what happened and what to do. */
  error?: string;
}

/** What happened before a position of a session's log, newest first. It never changes, and so need not be in snapshots. */
export interface OlderActivity {
  session: string;
  before: number;
  rows: ActivityView[];
  /** There is still older. */
  more: boolean;
}

export type ToPanel = { type: 'snapshot'; generation: number; state: PanelState } | ({ type: 'older' } & OlderActivity);

/** What a person may ask for in the panel. A closed list: never a command id. */
export type Intent =
  | { action: 'release'; session: string; block: string; word?: string }
  | { action: 'releaseAll'; session: string }
  | { action: 'abortWorker'; session: string; worker: string }
  | { action: 'abortSession'; session: string }
  | { action: 'pause' | 'resume'; session: string }
  /** A word to a worker, or to `conductor`. */
  | { action: 'sendMessage'; session: string; worker: string; word: string }
  | { action: 'openWorkerLog'; session: string; worker: string }
  | { action: 'openOutput'; session: string; worker: string }
  /** At the line of that position, else at the top. */
  | { action: 'openEvents'; session: string; pos?: number }
  | { action: 'openTimeline'; session: string }
  | { action: 'switchSession'; session: string }
  /** Shows the past: from its first event, or the moment after so many; goes there where it is shown already. */
  | { action: 'replay'; session: string; event?: number }
  | { action: 'replayJump'; session: string; to: 'previous' | 'next' }
  /** Without a speed it stops where it is. */
  | { action: 'replayPlay'; session: string; speed?: Speed }
  | { action: 'backToNow' }
  | { action: 'breakLock'; session: string; resource: string }
  | { action: 'answerPermission'; session: string; ask: string; decision: 'allow' | 'deny'; word?: string }
  | { action: 'castVote'; session: string; ballot: string; decision: string }
  | { action: 'dismiss'; session: string; notice: number }
  | { action: 'diagnose' }
  /** Without a scope it is asked for. */
  | { action: 'installHooks'; scope?: 'user' | 'local' }
  | { action: 'playDemo' }
  | { action: 'newSession' }
  | { action: 'focusTerminal'; session: string }
  | { action: 'manageTrust' }
  | { action: 'startPlan' | 'refusePlan'; session: string; run: string }
  | { action: 'approveRules' }
  | { action: 'openRules' }
  | { action: 'openSettings' }
  | { action: 'showLog' };

export type FromPanel =
  | { type: 'ready' }
  | { type: 'run'; intent: Intent }
  | { type: 'older'; session: string; before: number }
  | { type: 'fault'; message: string };
