/**
 * The folded state of one session's log: what `reduce` makes, what a snapshot keeps, what a projection reads.
 * Maps, because their keys come from the log. `pos` is a byte offset in the log, `…Ts` epoch ms.
 */
import type { Event } from './event.ts';
import type { HookEvent } from './hookEvents.ts';
import type { Match, MergeSide, PlannedBallot, PlannedWorker, StashEntry, UncommittedFile } from './parts.ts';
import type { ConductorState, UsageView, WorkerState } from './viewModel.ts';

/** Raised whenever the shape below changes: a snapshot of another version is not used. */
export const STATE_VERSION = 29;

interface Progress {
  pct?: number;
  etaMs?: number;
  message?: string;
  phase?: string;
  ts: number;
}

/** Tokens read and written so far, where that is from and when it was so. */
export interface TokensSpent {
  input: number;
  output: number;
  ts?: number;
  source?: string;
}

/** A count as it was at a time (epoch ms). */
export type Sample = [ts: number, amount: number];

/** What a session has cost in US dollars, as a source reports it. */
export interface SessionCost {
  usd: number;
  ts: number;
  source?: string;
}

/** A sum that the person has allowed in the place of a block's: of one agent, or of all that it means. */
export interface RaisedSum {
  sum: string;
  agent?: string;
}

export interface Worker {
  id: string;
  state: WorkerState;
  pos: number;
  /** A `spawn` has announced it. */
  spawned?: boolean;
  task?: string;
  kind?: string;
  /** The id of the Claude Code session that joined as this worker: its hooks find their worker by it. */
  session?: string;
  /** The other machine that it belongs to: the one that its plan names, or that was first to publish as it. */
  machine?: string;
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
  /** Why it failed or was lost. */
  problem?: string;
  /** Number of the current attempt, where its runner tried more than once. */
  attempt?: number;
  /** It reported `done` itself; `exit 0` without that is done as well. */
  reportedDone: boolean;
  /** It reported a critical error, whose block stands or was resolved: its failing makes no second one. */
  reportedCritical?: boolean;
  /** Who wants it ended, and why. */
  abort?: { by: string; ts: number; word?: string };
  tokens?: TokensSpent;
  /** How its tokens came together over the last minutes. */
  recent?: Sample[];
  /** Lines in the current window of time, and the fullest recent window if that was a flood. */
  lineRate: { sinceTs: number; lines: number };
  flood?: { ts: number; lines: number };
  /** Invocations of hooks in the current window of time, and the fullest recent window above the limit. */
  invocations?: { sinceTs: number; count: number };
  hookRateExceeded?: { ts: number; count: number };
  /** A `log` event reports that another process wrote into its folder while it was not running. */
  outputTampered?: boolean;
  /** What it was to be shown when it reported `done`, and was not. */
  unproven?: string[];
}

/** A condition as of its event: `done:all` and `checkpoint:` keep the workers that they concerned then. */
export interface PendingCondition {
  text: string;
  workers?: string[];
  /** It was met once; it stays met even if it would no longer be. */
  met: boolean;
  /** Where in `workers` the one is that kept it from being met when a block's was looked at last: the search goes on there. */
  next?: number;
}

/** What was seen of the command of a condition `proven:`. */
export interface Proof {
  /** It was seen to end with 0, and nothing that it covers was edited since. */
  held: boolean;
  /** The latest run whose end was seen: the line of that, when it began, and the hash of the files that it covers then. */
  run?: { pos: number; ts: number; sinceTs: number; code: number; tree?: string; worker?: string; mixed?: boolean };
  /** The latest run, where its exit code shows nothing of the command. */
  hidden?: { pos: number; ts: number; why: string };
  /** The latest edit since. Without a path it is known by the hash, or a shell may have made it. */
  edited?: { pos: number; ts: number; path?: string; worker?: string };
  /** A run in the background, by its task. */
  running?: { task: string; sinceTs: number; tree?: string; worker?: string };
}

export type BlockCause =
  | { kind: 'hook' }
  | { kind: 'guard'; run: string }
  | { kind: 'lock'; resource: string; token: number }
  | { kind: 'prerequisite' }
  | { kind: 'critical' }
  | { kind: 'ballot'; ballot: string }
  | { kind: 'plan'; run: string }
  /** What another agent has not committed, by its key; of a call that takes some of it, what. */
  | { kind: 'git'; of: string; takes?: string }
  /** Of one subagent; without it, of the session. */
  | { kind: 'abort'; worker?: string };

export type BlockEnd = 'unblock' | 'release' | 'resolve' | 'until' | 'expired' | 'worker ended' | 'lock passed on';

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
  /** How long it lasts, until a line of a hook gives the time from which that counts. */
  ttlMs?: number;
  /** How long it lasts until `dueTs`, for a clock that was set back since it began. */
  spanMs?: number;
  reports?: ExpireReport[];
  /** Position of the line that last renewed it; an `expire` counts only if it names this position. */
  renewedPos: number;
  deniedCount: number;
  /** How often it held the end of the current turn with the current text, by agent. */
  stopCounts?: Map<string, number>;
  firstEnforcedTs?: number;
  holding: HeldCall[];
  /** The call that it refused last. */
  refused?: RefusedCall;
  /** The call that a hook stopped holding last: if it is refused next, the hold gave up. */
  heldBefore?: string;
  /** Calls that the person lets run though it stands; bounded. */
  passes?: PassedCall[];
  /** New sums of its budgets; bounded. */
  raised?: RaisedSum[];
  ended?: Ended;
  /** What it waits for is proven at present, by the line at this position: it refuses nothing until that no longer holds. */
  open?: number;
}

/** A call as a hook saw it. Several blocks may concern one: they have its `call` in common. */
export interface SeenCall {
  /** Claude Code's id of the call, else the run of the hook. Logs of earlier versions do not have it. */
  call?: string;
  tool: string;
  summary?: string;
  /** Of the whole call, where the summary is cut. */
  digest?: string;
  /** The subagent whose call it is; without it Claude's. */
  agent?: string;
}

/** A call that a block holds in place. */
export interface HeldCall extends SeenCall {
  id: string;
  sinceTs: number;
  /** When the hook stops waiting for it, and refuses it. */
  untilTs?: number;
}

export interface RefusedCall extends SeenCall {
  ts: number;
  /** It was held until then. */
  wasHeld?: boolean;
  /** The person refused it: nothing is left to decide. */
  by?: string;
}

/** A call that the person lets run. Once it was refused, Claude can only make it again: then the same call may pass once. */
export interface PassedCall extends SeenCall {
  call: string;
}

/** A call that the person refuses while it is held, and what they said to it. */
export interface DeniedCall {
  call: string;
  word?: string;
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
 * A message that is delivered once: information, a block that comes too late to refuse, a refused prompt, a rewrite, a
 * warning; to a worker also a handoff and the loss of a lock.
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
  /** The process that is about to deliver it. */
  claim?: Claim;
  deliveredBy?: string;
  deliveredTs?: number;
}

/** A run of a hook or of the command that delivers something, and its process where that is known. */
export interface Claim {
  hook: string;
  ts: number;
  pid?: number;
  startTime?: string;
  host?: string;
}

export interface Acquire {
  /** The nonce of its event, else `@<pos>`: another `acquire` with the same id renews it. */
  id: string;
  worker: string;
  mode: 'exclusive' | 'shared';
  /** Position of the first `acquire`: the fencing token once it is granted. */
  token: number;
  /** When it was requested. */
  sinceTs: number;
  /** When it was granted. */
  grantedTs?: number;
  dueTs?: number;
  /** The length of its lease. */
  ttlMs?: number;
  /** The process that renews it. */
  pid?: number;
  startTime?: string;
  host?: string;
  /** The command of that process may be ended to take it. */
  ends?: boolean;
  renewedPos: number;
  /** The outbox of another machine that its last renewal is from. */
  via?: string;
  reports?: ExpireReport[];
}

/** When a time was first reported as over by the clock of a host, which counts only if the hooks' clock does not contradict. */
export interface ExpireReport {
  host: string;
  ts: number;
}

export interface Lock {
  resource: string;
  holders: Acquire[];
  queue: Acquire[];
  /** Holders that lost it without releasing it, newest last, bounded; notified by a note or at their next call. */
  former: FormerHolder[];
}

export interface FormerHolder {
  worker: string;
  id: string;
  token: number;
  why: string;
  ts: number;
  /** Position of the note that notifies it, if there is one. */
  note?: number;
}

export interface Ballot {
  name: string;
  /** Opened by a `ballot` event; without one votes are counted but decide nothing. */
  opened: boolean;
  pos: number;
  /** Who opened it. */
  by?: string;
  question?: string;
  voters?: string[];
  quorum?: number;
  rule: 'majority' | 'unanimous' | number;
  options?: string[];
  deadlineTs?: number;
  /** The time from its opening to its deadline. */
  deadlineMs?: number;
  reports?: ExpireReport[];
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

/** What another agent has edited in a checkout and not committed, as the last look had it. */
export interface Uncommitted {
  /** The agent, and its session where that is another one. */
  worker: string;
  session?: string;
  /** What a person calls it; empty where it is not known who it is, as of an entry of the stash. */
  name: string;
  /** The folder of the checkout, an absolute path without links. */
  root: string;
  branch?: string;
  files: UncommittedFile[];
  /** How many files there are beyond these. */
  more?: number;
  /** The entries of the stash that it has made, the latest first. */
  stash?: StashEntry[];
  /** Why git was not looked at: then the files are those that it has edited. */
  unseen?: string;
  /** Aliases and what else of git's configuration decides what a command takes. */
  config?: Record<string, string>;
  /** Calls that would take them are held; without it there is a warning. */
  hold?: boolean;
  /** The block that holds them. */
  block?: string;
  /** The files, and the commits of the stash, for which the person has ended that block. */
  released?: string[];
}

/** Whether two that may be merged would merge, by the line at `pos`. */
export interface MergePair {
  pos: number;
  ts: number;
  a: MergeSide;
  b: MergeSide;
  answer: 'clean' | 'conflict' | 'unknown';
  /** The files in conflict, and how many there are beyond these. */
  files?: string[];
  more?: number;
  /** Why git was not looked at. */
  why?: string;
}

/** A permission that Claude Code asks the person for. */
export interface Ask {
  id: string;
  pos: number;
  tool: string;
  /** The exact request. */
  summary: string;
  /** The subagent or session that asks; without it the Conductor. */
  worker?: string;
  /** A hook waits for the person's answer from the panel. */
  answerable?: boolean;
  sinceTs: number;
}

interface Checkpoint {
  name: string;
  /** The workers of the run of the first arrival or, without a run, all that were running then. */
  expected: string[];
  arrived: Map<string, number>;
  /** How many of the expected workers have not arrived. */
  missing: number;
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
  /** Shows that Fermata itself made the plan. */
  proof?: string;
  changedTo?: string;
  rule?: string;
  workers: string[];
  ts: number;
  /** The outbox of the machine that has planned it, and has its plan file; left out for the seat. */
  via?: string;
  /** Workers and ballots that wait for the person's consent; removed once it is given. */
  asks?: { workers: PlannedWorker[]; ballots: PlannedBallot[] };
}

/** A call that starts an agent, which a cap has let through and which has started none yet. */
export interface Launch {
  call: string;
  pos: number;
  ts: number;
  /** The agent that makes it; without one Claude itself. */
  agent?: string;
  /** The type of the agent. */
  type?: string;
}

/** A file that two agents have edited within ten minutes. */
export interface Collision {
  /** Position of its first event, by which it is dismissed. */
  pos: number;
  file: string;
  worker: string;
  other: string;
  /** The session of the other agent, if it is not this one. */
  session?: string;
  dismissed: boolean;
  lastTs: number;
}

/** A worker's request to see the Conductor's calls, of one tool or of all. */
export interface Watch {
  tool?: string;
  agent?: string;
  until: PendingCondition[];
}

/** Work that one worker has handed on to another. */
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
  /** The latest time of a line that only hooks write; 0 before the first. */
  hookTs: number;
  /** How far the outbox of each other machine is taken: where its last line ends there, in bytes. */
  machines: Map<string, number>;
  session: {
    id?: string;
    cwd?: string;
    realCwd?: string;
    model?: string;
    transcript?: string;
    pid?: number;
    startedTs?: number;
    /** The first prompt that a person typed, and the latest, where prompts are recorded. */
    firstPrompt?: string;
    prompt?: string;
  };
  conductor: {
    state: ConductorState;
    sinceTs?: number;
    reason?: string;
    turn: number;
    /** Time of the last event about its turn; a request for permission does not count. */
    turnTs?: number;
    /** Digests of the prompts that Claude Code gives it by the clock, with spaces between them. */
    scheduled?: string;
    /** Claude Code's id of the turn, where it is known. */
    turnId?: string;
    /** Its state before it began to wait for the person. */
    before?: ConductorState;
    /** Times of the last wakes, newest last: too many of them are a loop. */
    wokenTs?: number[];
    /** What Claude Code itself counts, each figure as it was last reported. */
    usage?: UsageView;
    /** When, and by what, the limits in `usage` were reported: other figures of it may be newer. */
    limitsReport?: { ts: number; source?: string };
    /** What Claude itself has spent, without its subagents. */
    tokens?: TokensSpent;
    /** What the session has cost so far in US dollars, as it was last reported. */
    cost?: SessionCost;
    /** How these came together over the last minutes: Claude's own tokens, dollars, and percent of the subscription's windows. */
    recent?: Partial<Record<'tokens' | 'usd' | 'five_hour' | 'seven_day', Sample[]>>;
  };
  /** How often the end of the current turn was refused, by agent; `last`: the run of the hook that did so last. */
  stopRefusals: Map<string, { count: number; last?: string }>;
  aborted?: { by: string; ts: number };
  runs: Map<string, Run>;
  workers: Map<string, Worker>;
  blocks: Map<string, Block>;
  blockCount: number;
  /** Calls that the person refuses, for the hooks that hold them; bounded. */
  denials?: DeniedCall[];
  notes: Map<number, Note>;
  locks: Map<string, Lock>;
  ballots: Map<string, Ballot>;
  checkpoints: Map<string, Checkpoint>;
  /** What was seen of the commands of conditions `proven:`, by the condition; bounded. */
  proofs: Map<string, Proof>;
  /** What lists of conditions, and of workers in conditions and checkpoints, wait for at present; see `COUNTS.awaited`. */
  awaitedCount: number;
  /** The steps of comparing many things with one that were taken so far; see `mayStep`. */
  steps: number;
  /** Calls that are about to start agents, where a cap counts them; bounded. */
  launches?: Launch[];
  /** Open permission requests, oldest first. */
  asks: Map<string, Ask>;
  watches: Map<string, Watch>;
  handoffs: Handoff[];
  notices: Notice[];
  collisions: Map<string, Collision>;
  /** What other agents have not committed, by agent and checkout. */
  uncommitted: Map<string, Uncommitted>;
  /** Which branches would merge, by pair. */
  merges: Map<string, MergePair>;
  /** The newest events, bounded: the panel's activity list. */
  activity: Activity[];
}

/** An entry of the activity list: the event itself; a projection describes it only where it is shown. */
export interface Activity {
  pos: number;
  ts: number;
  event: Event;
}
