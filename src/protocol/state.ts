/**
 * The folded state of one session's log: what `reduce` makes, what a snapshot keeps, what a projection reads.
 * Maps, because their keys come from the log. `pos` is a byte offset in the log, `…Ts` epoch ms.
 */
import type { Event } from './event.ts';
import type { HookEvent } from './hookEvents.ts';
import type { Match, PlannedBallot, PlannedWorker } from './parts.ts';
import type { ConductorState, WorkerState } from './viewModel.ts';

/** Raised whenever the shape below changes: a snapshot of another version is void. */
export const STATE_VERSION = 7;

interface Progress {
  pct?: number;
  etaMs?: number;
  message?: string;
  phase?: string;
  ts: number;
}

export interface Worker {
  id: string;
  state: WorkerState;
  pos: number;
  task?: string;
  kind?: string;
  /** Of a Claude Code session that joined this one: its id, by which its hooks know who they are. */
  session?: string;
  parent?: string;
  run?: string;
  command?: string;
  cwd?: string;
  pid?: number;
  startTime?: string;
  host?: string;
  after: string[];
  critical: boolean;
  progress?: Progress;
  plannedTs?: number;
  startedTs?: number;
  endedTs?: number;
  lastTs?: number;
  lastMessage?: string;
  /** Why it did not end well. */
  problem?: string;
  /** Which attempt is the present one, where its runner tried more than once. */
  attempt?: number;
  /** It said `done` of its own accord; `exit 0` without it is done as well. */
  reportedDone: boolean;
  abort?: { by: string; ts: number };
  tokens?: { input: number; output: number };
  /** How many lines it wrote in the present window of time, and the fullest recent window if that was a flood. */
  lineRate: { sinceTs: number; lines: number };
  flood?: { ts: number; lines: number };
  /** How often it invoked hooks in the present window of time, and the fullest recent window if that was too often. */
  invocations?: { sinceTs: number; count: number };
  hookRateExceeded?: { ts: number; count: number };
  /** It was said that somebody wrote into its folder while it was not there. */
  outputTampered?: boolean;
}

/** A condition frozen where it was said: for `done:all` and `checkpoint:` the workers that it is about. */
export interface PendingCondition {
  text: string;
  workers?: string[];
  held: boolean;
}

export type BlockCause =
  | { kind: 'hook' }
  | { kind: 'guard'; run: string }
  | { kind: 'lock'; resource: string; token: number }
  | { kind: 'prerequisite' }
  | { kind: 'critical' }
  | { kind: 'ballot'; ballot: string }
  | { kind: 'plan'; run: string }
  | { kind: 'abort' };

export type BlockEnd =
  'unblock' | 'release' | 'resolve' | 'until' | 'expired' | 'worker ended' | 'cannot hold' | 'lock passed on';

export interface Block {
  id: string;
  pos: number;
  worker: string;
  event: HookEvent;
  text: string;
  cause: BlockCause;
  match?: Match;
  until: PendingCondition[];
  key?: string;
  sinceTs: number;
  dueTs?: number;
  /** Position of the line that last said it: what `expire` must have seen. */
  renewedPos: number;
  deniedCount: number;
  /** How often it held the end of the present turn with the present text: of the Conductor's, of each subagent's. */
  stopCounts: Map<string, number>;
  firstEnforcedTs?: number;
  holding: HeldCall[];
  ended?: Ended;
}

/** A call that a block holds in place. */
export interface HeldCall {
  id: string;
  tool: string;
  summary?: string;
  sinceTs: number;
}

/** How a block ended. */
export interface Ended {
  how: BlockEnd;
  by: string;
  word?: string;
  ts: number;
  pos: number;
}

/**
 * Something to be delivered once: information, a word said after the deed, a refused prompt, a rewrite, a warning; to a
 * worker also work handed on and the loss of a lock.
 */
export interface Note {
  pos: number;
  kind: 'inform' | 'refusePrompt' | 'rewrite' | 'warn' | 'handoff' | 'lockLost';
  worker: string;
  to: string;
  event: HookEvent;
  text: string;
  match?: Match;
  updatedInput?: Record<string, unknown>;
  key?: string;
  now: boolean;
  ts: number;
  deliveredBy?: string;
}

export interface Acquire {
  /** The nonce that the writer gave, else `@<pos>`: the same id again renews. */
  id: string;
  worker: string;
  mode: 'exclusive' | 'shared';
  /** Position of the first acquire: the fencing token once granted. */
  token: number;
  sinceTs: number;
  dueTs?: number;
  renewedPos: number;
}

export interface Lock {
  resource: string;
  holders: Acquire[];
  queue: Acquire[];
  /** Who lost it without giving it back, newest last, bounded: told at its next call, or by the note. */
  former: FormerHolder[];
}

export interface FormerHolder {
  worker: string;
  id: string;
  token: number;
  why: string;
  ts: number;
  /** What it is told, where it is. */
  note?: number;
}

export interface Ballot {
  name: string;
  /** Opened by a `ballot` event; otherwise votes only tally. */
  opened: boolean;
  pos: number;
  question?: string;
  voters?: string[];
  quorum?: number;
  rule: 'majority' | 'unanimous' | number;
  options?: string[];
  deadlineTs?: number;
  votes: Map<string, Vote>;
  abstained: string[];
  decided?: Decision;
}

export interface Vote {
  decision: string;
  reason?: string;
  pos: number;
}

/** How a ballot ended. */
export interface Decision {
  decision: string;
  why: string;
  by?: string;
  pos: number;
  ts: number;
}

/** A permission that Claude Code asks the person for. */
export interface Ask {
  id: string;
  pos: number;
  tool: string;
  /** Exactly what is asked for. */
  summary: string;
  /** The subagent or session that asks; the Conductor itself without it. */
  worker?: string;
  /** A hook waits for the person's answer from the panel. */
  answerable?: boolean;
  sinceTs: number;
}

interface Checkpoint {
  name: string;
  /** Whom the barrier is for: the run of the first to arrive, or everybody at work then. */
  expected: string[];
  arrived: Map<string, number>;
}

export interface Notice {
  pos: number;
  ts: number;
  kind: 'escalation' | 'warning' | 'log';
  text: string;
  worker?: string;
}

/** One prompt's workers. */
export interface Run {
  sha256: string;
  changedTo?: string;
  rule?: string;
  workers: string[];
  ts: number;
  /** What waits for the person's word; gone once it was given. */
  asks?: { workers: PlannedWorker[]; ballots: PlannedBallot[] };
}

/** A file that two agents have edited within ten minutes. */
export interface Collision {
  /** Where it was first said: its name to whoever dismisses it. */
  pos: number;
  file: string;
  worker: string;
  other: string;
  /** The other's session, where that is another one. */
  session?: string;
  dismissed: boolean;
  lastTs: number;
}

/** A worker that wants to see the Conductor's calls, of one tool or of all. */
export interface Watch {
  tool?: string;
  until: PendingCondition[];
}

/** Work that one has handed on to another. */
export interface Handoff {
  from: string;
  to: string;
  task?: string;
  pos: number;
}

export interface SessionState {
  version: number;
  format?: number;
  nonce?: string;
  events: number;
  /** Damage by reason. */
  damaged: Map<string, number>;
  unknownTypes: Map<string, number>;
  lastTs: number;
  session: { id?: string; cwd?: string; model?: string; transcript?: string; pid?: number; startedTs?: number };
  conductor: {
    state: ConductorState;
    sinceTs?: number;
    reason?: string;
    turn: number;
    /** When a hook, or somebody who watches, last told of its turn: a request for a permission is no such word. */
    turnTs?: number;
    /** What it was doing when it began to wait for the person. */
    before?: ConductorState;
    /** When it was last woken, the newest last: too often is a loop. */
    wokenTs?: number[];
  };
  /** How often in this turn its end was asked for and did not come, by agent; and which run of a hook said so last. */
  stopRefusals: Map<string, { count: number; last?: string }>;
  aborted?: { by: string; ts: number };
  runs: Map<string, Run>;
  workers: Map<string, Worker>;
  blocks: Map<string, Block>;
  blockCount: number;
  notes: Map<number, Note>;
  locks: Map<string, Lock>;
  ballots: Map<string, Ballot>;
  checkpoints: Map<string, Checkpoint>;
  /** Open permission requests, oldest first. */
  asks: Map<string, Ask>;
  watches: Map<string, Watch>;
  handoffs: Handoff[];
  notices: Notice[];
  collisions: Map<string, Collision>;
  /** The newest events, bounded: the panel's activity list. */
  activity: Activity[];
}

/** A thing that happened: the event itself, put into words only where somebody looks. */
export interface Activity {
  pos: number;
  ts: number;
  event: Event;
}
