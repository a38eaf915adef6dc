/**
 * The contract between the extension and its webviews. To a webview go complete snapshots, never deltas. From one come
 * requests of a person; their types are those of the schemas that validate them. Webviews import only types from here.
 */
import * as z from 'zod/mini';
import type { BoardView } from './board.ts';
import { HOLDS } from './hold.ts';
import { blockId, runId, sessionId, shortName, workerId } from './parts.ts';
import type { PeekView } from './peek.ts';
import { SPEEDS, type ReplayView } from './replay.ts';
import type { TimelineView } from './timeline.ts';
import type { ActivityView, NoticeView, SessionView, ViewModel } from './viewModel.ts';

/** What the extension knows besides a session's log. */
export interface PanelState {
  /** The panel is on the Board; without it, it shows the session in `view`. */
  board?: BoardView;
  /** Which sessions are on the Board: those of this window's folders, or all that live. */
  scope: 'window' | 'everywhere';
  /** How many live sessions are outside that scope. */
  outside: number;
  /** The number of rows in the Board's first group, also where a session is shown. */
  needsYou: number;
  /** The row of the Board, or the decision of the session shown, that gets the keyboard focus whenever `count` grows. */
  focus?: { row: string; count: number };
  /** Sessions of the scope, newest first; `selected` is the one in `view`. */
  sessions: SessionView[];
  selected?: string;
  view?: ViewModel;
  /** The panel shows the past of the selected session: `view` is as it was then, once the log is read. */
  replay?: ReplayView;
  /** Notices while there is no session to show them with: else they are in `view`. */
  notices?: NoticeView[];
  /** `stopped`: the hooks are installed, but Claude Code does not run them, for the reason in `detail`. */
  hooks: {
    state: 'installed' | 'missing' | 'broken' | 'stopped' | 'untrusted';
    detail?: string;
    /** Why the plugin in Claude Code does not run, where it is installed, in sentences. */
    mod?: string;
  };
  trusted: boolean;
  /** What guides a person through their first minutes. */
  guide?: {
    /** The question of an installation, while its difference is open: how many hooks and permission rules are added where. */
    install?: { file: string; hooks: number; rules: number; notes: string[] };
    /** The hooks have just been installed. */
    watching?: true;
    /** The demo is on display: its step, or that it has ended. */
    demo?: { step: number } | { over: true };
  };
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

export type ToPanel =
  | { type: 'snapshot'; generation: number; state: PanelState }
  | ({ type: 'older' } & OlderActivity)
  /** The answer to `peek`. */
  | ({ type: 'peek' } & PeekView);

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
const callName = z.string().check(z.minLength(1), z.maxLength(400));
const comment = z.optional(z.string().check(z.maxLength(4096)));

const intent = z.discriminatedUnion('action', [
  z.object({ action: z.literal('release'), session, block: blockId, word: comment }),
  /** Lets a held or refused call run, whatever its reasons; by the id of its `HeldCallView`. */
  z.object({ action: z.literal('letRun'), session, call: callName, word: comment }),
  /** Allows the next sum of each budget that holds a call. */
  z.object({ action: z.literal('allowMore'), session, call: callName }),
  /** Refuses a held or refused call: Claude is told not to make it again. */
  z.object({ action: z.literal('denyCall'), session, call: callName, word: comment }),
  /** Takes `letRun` back as far as that is possible: the next call that matches is held for the person. */
  z.object({ action: z.literal('holdAgain'), session, call: callName }),
  z.object({ action: z.literal('releaseAll'), session }),
  z.object({ action: z.literal('abortWorker'), session, worker: workerId, word: comment }),
  z.object({ action: z.literal('giveUpWorker'), session, worker: workerId }),
  z.object({ action: z.literal('abortSession'), session }),
  /** Of Claude with all its subagents, or of one of them. */
  z.object({ action: z.enum(['pause', 'resume']), session, worker: z.optional(workerId) }),
  z.object({ action: z.literal('hold'), session, next: z.enum(HOLDS) }),
  z.object({ action: z.literal('holdDone'), session }),
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
  /** Of a worker, else of the session. */
  z.object({ action: z.enum(['openTranscript', 'openChanges']), session, worker: z.optional(workerId) }),
  z.object({ action: z.literal('switchSession'), session }),
  z.object({ action: z.literal('showBoard') }),
  /** Goes to the row after that one in what needs the person; without it, after the one of the last such step. */
  z.object({ action: z.literal('next'), row: z.optional(z.string().check(z.maxLength(600))) }),
  z.object({ action: z.literal('setScope'), scope: z.enum(['window', 'everywhere']) }),
  /** Keeps a session first in its group of the Board. */
  z.object({ action: z.literal('pin'), session, pinned: z.boolean() }),
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
  /** From now on permission requests are answered in the panel, too: changes the setting. */
  z.object({ action: z.literal('answerHere') }),
  z.object({ action: z.literal('castVote'), session, ballot: shortName, decision: shortName }),
  z.object({ action: z.literal('dismiss'), session, notice: index }),
  /** The file of that edit collision. */
  z.object({ action: z.literal('compareEdits'), session, notice: index }),
  /** A file of the two branches that the line at `pos` has in conflict, by its place there. */
  z.object({ action: z.literal('compareConflict'), session, pos: index, index }),
  z.object({ action: z.literal('diagnose') }),
  /** Without a scope the person is asked for it. */
  z.object({ action: z.literal('installHooks'), scope: z.optional(z.enum(['user', 'local'])) }),
  /** The answers to the question of an open installation. */
  z.object({ action: z.enum(['confirmInstall', 'confirmInstallWithoutRules', 'cancelInstall']) }),
  /** Takes away what the panel shows after an installation. */
  z.object({ action: z.literal('closeGuide') }),
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
/** The snapshot of that number, or a newer one, is on the page. */
const drawn = z.object({ type: z.literal('drawn'), generation: index });
/** A webview has failed. */
const fault = z.object({ type: z.literal('fault'), message: z.string().check(z.maxLength(4096)) });

export const fromPanel = z.discriminatedUnion('type', [
  ready,
  drawn,
  z.object({ type: z.literal('run'), intent }),
  z.object({ type: z.literal('older'), session, before: index }),
  /** A closer look at a worker, else at the Conductor. */
  z.object({ type: z.literal('peek'), session, worker: z.optional(workerId) }),
  fault,
]);

export const fromTimeline = z.discriminatedUnion('type', [
  ready,
  drawn,
  /** The line of the log that starts there; `stay` leaves the focus in the tab. */
  z.object({ type: z.literal('openLine'), pos: index, stay: z.optional(z.boolean()) }),
  /** The panel as it was at that line. */
  z.object({ type: z.literal('replay'), pos: index }),
  /** What was written in the transcript of a lane at a time. */
  z.object({ type: z.literal('openTranscript'), lane: workerId, ts: index }),
  fault,
]);

/** What a person may ask for in the panel. A closed list: never a command id. */
export type Intent = z.output<typeof intent>;
export type FromPanel = z.output<typeof fromPanel>;
export type FromTimeline = z.output<typeof fromTimeline>;
