/**
 * The data that every surface draws: panel, status bar, tree, notifications, `fermata status`. One projection makes it;
 * times are epoch ms, so that a view can update ages and countdowns by itself.
 */
import type { HookEvent } from './hookEvents.ts';

export type WorkerState = 'planned' | 'starting' | 'running' | 'waiting' | 'done' | 'failed' | 'aborted' | 'lost';
export type ConductorState = 'unknown' | 'working' | 'idle' | 'waiting' | 'ended';

export interface ProgressView {
  /** 0–100, or undefined where only a message is known. */
  pct?: number;
  /** Remaining time as the worker reported it, counted from `at`. */
  etaMs?: number;
  at: number;
  message?: string;
  phase?: string;
}

/** Data from the transcript of a session or a subagent. */
export interface TranscriptView {
  /** Its task list: the number of done tasks, and the current one. */
  tasks?: { done: number; total: number; current?: string };
  /** Tokens read and written so far; not the billed amount. */
  tokens: Tokens;
  /** The current call: `Bash: npm test`. */
  activity?: { text: string; sinceTs: number };
  model?: string;
}

export interface Tokens {
  input: number;
  output: number;
  /** Tokens read from the cache; `input` does not contain them. */
  cacheRead?: number;
}

export interface WorkerView {
  id: string;
  state: WorkerState;
  task?: string;
  kind?: string;
  parent?: string;
  run?: string;
  pid?: number;
  after: string[];
  progress?: ProgressView;
  /** A description of the resource or question that it waits for: `db (held by W2)`. */
  waitingFor?: string;
  startedTs?: number;
  endedTs?: number;
  /** Last sign of life; with `silent`, longer ago than the setting allows. */
  lastTs?: number;
  silent: boolean;
  /** Why it failed, was lost or aborted, as a sentence. */
  problem?: string;
  /** Its last message: of its progress, its result or an error. */
  lastMessage?: string;
  canAbort: boolean;
  tokens?: Tokens;
  /** The current call, if its transcript is known. */
  activity?: TranscriptView['activity'];
}

export interface BlockView {
  id: string;
  worker: string;
  event: HookEvent;
  /** The whole reason, as Claude gets it. */
  reason: string;
  /** A description of its scope: `Read of data1.csv`, `every tool call`, `the end of the turn`. */
  concerns: string;
  match?: { tool?: string; path?: string; command?: string };
  /** A description of the condition that ends it: `W1 has ended`. Without it only the person ends it. */
  endsWhen?: string;
  /** Why it cannot end by itself any more: `W1 (Run the tests) failed: killed by SIGKILL`; and since when. */
  stuck?: { why: string; ts: number };
  dueTs?: number;
  sinceTs: number;
  standing: boolean;
  /** It has refused or held Claude, or only the person can end it. Otherwise it waits by design. */
  needsYou: boolean;
  deniedCount: number;
  /** Time of the first call that it refused or held. */
  firstStruckTs?: number;
  /** The call that it holds now. */
  holding?: { tool: string; summary?: string; sinceTs: number };
  cleared?: { by: string; word?: string; ts: number };
}

/** A permission that Claude Code asks the person for, or a question of Claude. */
export interface AskView {
  id: string;
  tool: string;
  /** The exact request. */
  summary: string;
  sinceTs: number;
  /** The subagent or other session that asks; without it the Conductor. */
  worker?: string;
  /** The panel can answer it, too. */
  answerable?: boolean;
}

export interface NoticeView {
  id: string;
  kind: 'escalation' | 'warning' | 'plan' | 'rules' | 'hooks' | 'cycle' | 'collision' | 'log' | 'settings';
  text: string;
  worker?: string;
  /** The run that waits for the person's consent. */
  run?: string;
  /** Of a deadlock: each worker waits for a resource that the next one holds, the last one for the first one's. */
  cycle?: { worker: string; resource: string }[];
  ts?: number;
  /** The same in all sessions that have this notice: it is shown, counted and dismissed once. */
  cause?: string;
  /** When it disappears by itself. */
  dueTs?: number;
  /** The position in the log by which it is dismissed. */
  dismiss?: number;
  /** The action of the button beside it. */
  action?:
    | 'startPlan'
    | 'approveRules'
    | 'openRules'
    | 'installHooks'
    | 'openEvents'
    | 'openSettings'
    | 'showLog'
    | 'openWorkerLog';
}

export interface BallotView {
  name: string;
  question?: string;
  options: { option: string; voters: string[] }[];
  votes: { worker: string; decision: string; reason?: string }[];
  quorum?: number;
  cast: number;
  expected?: number;
  deadlineTs?: number;
  decided?: { decision: string; why: string; by?: string; ts: number };
}

export interface LockView {
  resource: string;
  mode: 'exclusive' | 'shared';
  holders: { worker: string; token: number; dueTs?: number; sinceTs: number }[];
  waiters: { worker: string; sinceTs: number; mode: 'exclusive' | 'shared' }[];
  /** Holders that lost the lock without releasing it, the latest last. */
  former: FormerHolderView[];
}

export interface FormerHolderView {
  worker: string;
  token: number;
  /** `broken by user`, `lease expired`. */
  why: string;
  ts: number;
  /** It was notified: at its next call of a verb for locks, or by its inbox. */
  told: boolean;
}

/** A worker of the pipeline: its prerequisites and its handoffs. */
export interface PipelineStep {
  worker: string;
  state: WorkerState;
  task?: string;
  /** Workers that must end before it starts. */
  after: { worker: string; ended: boolean }[];
  /** Descriptions of its other pending conditions: `db is free`. */
  until: string[];
  handsTo: { worker: string; task?: string }[];
}

export interface CheckpointView {
  name: string;
  arrived: string[];
  missing: string[];
}

export interface ActivityView {
  /** Position in the log: identity and order. */
  pos: number;
  ts?: number;
  worker?: string;
  t: string;
  text: string;
}

export interface SessionView {
  id: string;
  /** The beginning of its id, if another session of the window has the same title. */
  short?: string;
  /** The name of the project's folder. */
  title: string;
  cwd?: string;
  conductor: { state: ConductorState; sinceTs?: number; reason?: string };
  live: boolean;
  /** Aborted: every call is refused until the person releases that block. */
  aborted?: boolean;
  /** Every call is held until the person resumes. */
  paused?: boolean;
  startedTs?: number;
  /** Data from its transcript, if its format is known. */
  transcript?: TranscriptView;
  /** Why its hooks report nothing: the view is made from its transcript, and no action is possible. */
  unhooked?: string;
}

export interface ViewModel {
  generatedTs: number;
  session: SessionView;
  /** What needs the person first, most urgent first. */
  notices: NoticeView[];
  /** Open permission requests, oldest first. */
  asks: AskView[];
  blocks: BlockView[];
  workers: WorkerView[];
  ballots: BallotView[];
  locks: LockView[];
  checkpoints: CheckpointView[];
  /** Stages: each waits for workers of earlier ones. Empty if no worker waits for another. */
  pipeline: PipelineStep[][];
  /** The newest first. */
  activity: ActivityView[];
  /** There is older activity in the log. */
  activityCut?: boolean;
  damaged: { total: number; reasons: { reason: string; count: number }[] };
  counts: { running: number; ended: number; needsYou: number };
}
