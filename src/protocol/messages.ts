/**
 * The contract between the extension and its webviews. To a webview go complete snapshots, never deltas. From one come
 * requests of a person; their types are those of the schemas that validate them. Webviews import only types from here.
 */
import * as z from 'zod/mini';
import { blockId, runId, sessionId, shortName, workerId } from './parts.ts';
import { SPEEDS, type ReplayView } from './replay.ts';
import type { TimelineView } from './timeline.ts';
import type { ActivityView, NoticeView, SessionView, ViewModel } from './viewModel.ts';

/** What the extension knows besides a session's log. */
export interface PanelState {
  /** Sessions of this window's folders, newest first; `selected` is the one in `view`. */
  sessions: SessionView[];
  selected?: string;
  view?: ViewModel;
  /** The panel shows the past of the selected session: `view` is as it was then, once the log is read. */
  replay?: ReplayView;
  /** Notices while there is no session to show them with: else they are in `view`. */
  notices?: NoticeView[];
  /** `stopped`: the hooks are installed, but Claude Code does not run them, for the reason in `detail`. */
  hooks: { state: 'installed' | 'missing' | 'broken' | 'stopped' | 'untrusted'; detail?: string };
  trusted: boolean;
  /** The panel could not be filled: what happened and what to do. */
  error?: string;
}

/** Activity before a position of a session's log, newest first. It never changes, and so need not be in snapshots. */
export interface OlderActivity {
  session: string;
  before: number;
  rows: ActivityView[];
  /** There is still older activity. */
  more: boolean;
}

export type ToPanel = { type: 'snapshot'; generation: number; state: PanelState } | ({ type: 'older' } & OlderActivity);

/** What the tab of a timeline shows: a view, or why there is none. */
export interface TimelineState {
  view?: TimelineView;
  error?: string;
}

export interface ToTimeline {
  type: 'snapshot';
  generation: number;
  state: TimelineState;
}

const session = sessionId;
const index = z.int().check(z.nonnegative());
const comment = z.optional(z.string().check(z.maxLength(4096)));

const intent = z.discriminatedUnion('action', [
  z.object({ action: z.literal('release'), session, block: blockId, word: comment }),
  z.object({ action: z.literal('releaseAll'), session }),
  z.object({ action: z.literal('abortWorker'), session, worker: workerId }),
  z.object({ action: z.literal('abortSession'), session }),
  z.object({ action: z.enum(['pause', 'resume']), session }),
  /** A message to a worker, or to `conductor`. */
  z.object({
    action: z.literal('sendMessage'),
    session,
    worker: workerId,
    word: z.string().check(z.minLength(1), z.maxLength(4096)),
  }),
  z.object({ action: z.literal('openWorkerLog'), session, worker: workerId }),
  z.object({ action: z.literal('openOutput'), session, worker: workerId }),
  /** At the line of that position, else at the top. */
  z.object({ action: z.literal('openEvents'), session, pos: z.optional(index) }),
  z.object({ action: z.literal('openTimeline'), session }),
  z.object({ action: z.literal('switchSession'), session }),
  /** Shows the past: from its first event, or as it was after that many; goes there where it is shown already. */
  z.object({ action: z.literal('replay'), session, event: z.optional(index) }),
  z.object({ action: z.literal('replayJump'), session, to: z.enum(['previous', 'next']) }),
  /** Without a speed it stops where it is. */
  z.object({ action: z.literal('replayPlay'), session, speed: z.optional(z.enum(SPEEDS)) }),
  z.object({ action: z.literal('backToNow') }),
  z.object({ action: z.literal('breakLock'), session, resource: shortName }),
  z.object({
    action: z.literal('answerPermission'),
    session,
    ask: shortName,
    decision: z.enum(['allow', 'deny']),
    word: comment,
  }),
  z.object({ action: z.literal('castVote'), session, ballot: shortName, decision: shortName }),
  z.object({ action: z.literal('dismiss'), session, notice: index }),
  z.object({ action: z.literal('diagnose') }),
  /** Without a scope the person is asked for it. */
  z.object({ action: z.literal('installHooks'), scope: z.optional(z.enum(['user', 'local'])) }),
  z.object({ action: z.literal('playDemo') }),
  z.object({ action: z.literal('newSession') }),
  z.object({ action: z.literal('focusTerminal'), session }),
  z.object({ action: z.literal('manageTrust') }),
  z.object({ action: z.enum(['startPlan', 'refusePlan']), session, run: runId }),
  z.object({ action: z.literal('approveRules') }),
  z.object({ action: z.literal('openRules') }),
  z.object({ action: z.literal('openSettings') }),
  z.object({ action: z.literal('showLog') }),
]);

const ready = z.object({ type: z.literal('ready') });
/** A webview has failed. */
const fault = z.object({ type: z.literal('fault'), message: z.string().check(z.maxLength(4096)) });

export const fromPanel = z.discriminatedUnion('type', [
  ready,
  z.object({ type: z.literal('run'), intent }),
  z.object({ type: z.literal('older'), session, before: index }),
  fault,
]);

export const fromTimeline = z.discriminatedUnion('type', [
  ready,
  /** The line of the log that starts there; `stay` leaves the focus in the tab. */
  z.object({ type: z.literal('openLine'), pos: index, stay: z.optional(z.boolean()) }),
  /** The panel as it was at that line. */
  z.object({ type: z.literal('replay'), pos: index }),
  fault,
]);

/** What a person may ask for in the panel. A closed list: never a command id. */
export type Intent = z.output<typeof intent>;
export type FromPanel = z.output<typeof fromPanel>;
export type FromTimeline = z.output<typeof fromTimeline>;
