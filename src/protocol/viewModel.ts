/**
 * What every surface draws: panel, status bar, tree, notifications, `fermata status`. Plain data made by one
 * projection; times are epoch ms, so that a view can let ages and countdowns run without asking again.
 */
import type { HookEvent } from './hookEvents.ts';

export type WorkerState = 'planned' | 'starting' | 'running' | 'waiting' | 'done' | 'failed' | 'aborted' | 'lost';
export type ConductorState = 'unknown' | 'working' | 'idle' | 'waiting' | 'ended';

export interface ProgressView {
  /** 0–100, or undefined where only a message is known. */
  pct?: number;
  /** Remaining time as the worker said it, counted from `at`. */
  etaMs?: number;
  at: number;
  message?: string;
  phase?: string;
}

/** What is read in the transcript of a session or a subagent, which costs hooks nothing. */
export interface TranscriptView {
  /** Its task list: how many are done, and what is being done. */
  tasks?: { done: number; total: number; current?: string };
  /** Read and written so far, not what is billed. */
  tokens: Tokens;
  /** The call that it is at: `Bash: npm test`. */
  activity?: { text: string; sinceTs: number };
  model?: string;
}

export interface Tokens {
  input: number;
  output: number;
  /** Read again from the cache, and not in `input`. */
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
  /** What it waits for, as words: `db (held by W2)`. */
  waitingFor?: string;
  startedTs?: number;
  endedTs?: number;
  /** Last sign of life; with `silent`, longer ago than the setting allows. */
  lastTs?: number;
  silent: boolean;
  /** Why it failed, was lost or aborted, in a sentence. */
  problem?: string;
  /** Last thing it said: progress message, result or error. */
  lastMessage?: string;
  canAbort: boolean;
  tokens?: Tokens;
  /** The call that it is at, where its transcript is known. */
  activity?: TranscriptView['activity'];
}

export interface BlockView {
  id: string;
  worker: string;
  event: HookEvent;
  /** The whole reason as Claude is told it. */
  reason: string;
  /** What calls it concerns, in words: `Read of data1.csv`, `every tool call`, `the end of the turn`. */
  concerns: string;
  match?: { tool?: string; path?: string; command?: string };
  /** What ends it without the person, in words: `W1 has ended`, or undefined. */
  endsWhen?: string;
  dueTs?: number;
  sinceTs: number;
  standing: boolean;
  /** The person should look: it has refused or held Claude, or nothing else will end it. Otherwise it waits by design. */
  needsYou: boolean;
  deniedCount: number;
  /** First time it refused or held a call. */
  firstStruckTs?: number;
  /** The call that it holds right now. */
  holding?: { tool: string; summary?: string; sinceTs: number };
  cleared?: { by: string; word?: string; ts: number };
}

/** A permission that Claude Code asks the person for, or a question of Claude's. */
export interface AskView {
  id: string;
  tool: string;
  /** Exactly what is asked for. */
  summary: string;
  sinceTs: number;
  /** The subagent or other session that asks; the Conductor itself without it. */
  worker?: string;
  /** It may be answered here, too. */
  answerable?: boolean;
}

export interface NoticeView {
  id: string;
  kind: 'escalation' | 'warning' | 'plan' | 'rules' | 'hooks' | 'cycle' | 'collision' | 'log' | 'settings';
  text: string;
  worker?: string;
  /** The run that waits for the person's word. */
  run?: string;
  /** Of a deadlock: each worker waits for a resource that the next one holds, the last one for the first one's. */
  cycle?: { worker: string; resource: string }[];
  ts?: number;
  /** One that stands in several sessions has the same name for them all: it is told, counted and dismissed once. */
  cause?: string;
  /** When it goes by itself. */
  dueTs?: number;
  /** What a person names to have it gone: a position in the log. */
  dismiss?: number;
  /** What the button beside it does. */
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
  /** Who lost it without giving it back, the latest last. */
  former: FormerHolderView[];
}

export interface FormerHolderView {
  worker: string;
  token: number;
  /** `broken by user`, `lease expired`. */
  why: string;
  ts: number;
  /** It has heard so: at its next call of a lock's verb, or by its inbox. */
  told: boolean;
}

/** A worker of the pipeline: what it starts after, and to whom it hands work on. */
export interface PipelineStep {
  worker: string;
  state: WorkerState;
  task?: string;
  /** Workers that must end before it starts, and whether they have. */
  after: { worker: string; ended: boolean }[];
  /** What else it still waits for, in words: `db is free`. */
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
  /** The beginning of its id, where others of the window have its title. */
  short?: string;
  /** Folder of the project, as a person knows it. */
  title: string;
  cwd?: string;
  conductor: { state: ConductorState; sinceTs?: number; reason?: string };
  live: boolean;
  /** Told to stop: nothing is called any more until the person releases that. */
  aborted?: boolean;
  /** Every call is held until the person resumes. */
  paused?: boolean;
  startedTs?: number;
  /** What its transcript says, where that is understood. */
  transcript?: TranscriptView;
  /** Why its hooks tell nothing: what is shown is read in its transcript, and nothing can be done to it from here. */
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
  /** In stages: each waits for something of an earlier one. Empty where no worker waits for another. */
  pipeline: PipelineStep[][];
  /** The newest first. */
  activity: ActivityView[];
  /** There is older activity in the log. */
  activityCut?: boolean;
  damaged: { total: number; reasons: { reason: string; count: number }[] };
  counts: { running: number; ended: number; needsYou: number };
}
