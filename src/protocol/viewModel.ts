/**
 * The data that every surface draws: panel, status bar, tree, notifications, `fermata status`. One projection makes it;
 * times are epoch ms, so that a view can update ages and countdowns by itself.
 */
import type { Hold } from './hold.ts';
import type { HookEvent } from './hookEvents.ts';

export type WorkerState =
  'planned' | 'starting' | 'running' | 'waiting' | 'idle' | 'done' | 'failed' | 'aborted' | 'lost';
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
  /** Tokens in the model's context at its latest message. How many it could hold is in none of Claude Code's files. */
  contextTokens?: number;
  /** What the session has cost in US dollars, where Claude Code has written it: at the end of a session. */
  costUsd?: number;
}

/** What Claude Code itself counts of a session, as its plugin of Fermata has reported it. */
export interface UsageView {
  /** When it was reported. */
  ts: number;
  /** What has counted it, for a person. */
  source?: string;
  contextTokens?: number;
  contextWindow?: number;
  costUsd?: number;
  /** Of each window of time for which the person's subscription has a limit. */
  limits?: { kind: string; pct: number; resetsTs?: number }[];
}

/** The files that an agent has edited, as far as they differ from the latest commit. */
export interface ChangesView {
  files: number;
  /** Lines; undefined until they are counted. */
  added?: number;
  removed?: number;
  /** Of those files: without lines to count, in no git repository, not compared since git could not. */
  binary?: number;
  noGit?: number;
  failed?: number;
}

export interface Tokens {
  input: number;
  output: number;
  /** Tokens read from the cache; `input` does not contain them. */
  cacheRead?: number;
}

export interface WorkerView {
  id: string;
  /** What a person reads in place of its id: its task, else its own name, else its kind. */
  name: string;
  state: WorkerState;
  task?: string;
  kind?: string;
  parent?: string;
  run?: string;
  /** The machine that runs it, where that is not this one. */
  machine?: string;
  /** That machine is not heard at present: when it was heard last, 0 where it never was. It is not silent or lost for that. */
  lastHeardTs?: number;
  /** It was asked to end, and has not ended. */
  aborting?: boolean;
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
  /** It has reported `done` while these commands had not been seen to pass. */
  notShown?: string[];
  /** With what its branch would conflict, and where, as the end of a sentence. */
  conflict?: string;
  /** Its last message: of its progress, its result or an error. */
  lastMessage?: string;
  /** What a person can do with it: a surface offers nothing else. */
  can: {
    /** See its last steps: its transcript is followed. Without one a closer look shows what the log has. */
    peek: boolean;
    /** Read what it printed, and the files that it handed over: it has a runner, which keeps them. */
    log: boolean;
    output: boolean;
    /** Send it a message that it reads. */
    message: boolean;
    /** End it; of a subagent, at its next call. */
    abort: boolean;
    /** Hold the calls of this subagent alone. */
    pause: boolean;
    /** Count it as lost: it is on another machine, which is not heard. */
    giveUp?: boolean;
  };
  /** The person holds the calls of this subagent. */
  paused?: boolean;
  /** It ends at its next call. */
  stopping?: boolean;
  /** The person's latest message to it, until a while after it was read. */
  message?: { ts: number; read: boolean };
  tokens?: Tokens;
  /** How fast it spends them, over the last minutes, and when it reaches its nearest limit, as far as that is known. */
  spending?: string;
  /** The current call, if its transcript is known. */
  activity?: TranscriptView['activity'];
  contextTokens?: number;
  changes?: ChangesView;
}

export interface BlockView {
  id: string;
  worker: string;
  event: HookEvent;
  /** The whole reason, as Claude gets it. */
  reason: string;
  /** A description of its scope: `Read of data1.csv`, `every tool call`, `the end of the turn`. */
  concerns: string;
  match?: { tool?: string; path?: string; command?: string; agent?: string; run?: string };
  /** A description of the condition that ends it: `W1 has ended`. Without it only the person ends it. */
  endsWhen?: string;
  /** Why it cannot end by itself any more: `W1 (Run the tests) failed: killed by SIGKILL`; and since when. */
  stuck?: { why: string; ts: number };
  dueTs?: number;
  sinceTs: number;
  standing: boolean;
  /** A call that it holds or has refused needs the person, or it does before any call. */
  needsYou: boolean;
  deniedCount: number;
  /** It holds the next such call for the person, once. */
  next?: Hold;
  /** It sets a limit: it stands all the time, and holds calls only where there is more. */
  limit?: true;
  /** Time of the first call that it refused or held. */
  firstStruckTs?: number;
  /** The call that it holds now. */
  holding?: { tool: string; summary?: string; sinceTs: number };
  cleared?: { by: string; word?: string; ts: number };
}

/**
 * A call that blocks hold or have refused: one decision, however many blocks there are. Without a `tool` it is a block
 * that needs the person before any call.
 */
export interface HeldCallView {
  id: string;
  /** `held`: a hook keeps it waiting now. `refused`: Claude was told why, and may have gone on. `pending`: no call yet. */
  state: 'held' | 'refused' | 'pending';
  /** Claude Code's id of the call; logs of earlier versions do not have it. */
  call?: string;
  /** The tool; or the hook event, such as `Stop`: Claude wants to end its turn. */
  tool?: string;
  summary?: string;
  /** The subagent whose call it is; without it Claude's. */
  agent?: string;
  sinceTs: number;
  /** When the hook stops waiting, and Claude is told why. */
  givesUpTs?: number;
  /** It was held before it was refused. */
  gaveUp?: boolean;
  /** The person may refuse it: it is a tool call, which a name of its own tells from others. */
  canDeny?: boolean;
  /** Only the person can let it go on as things are. */
  needsYou: boolean;
  /** When the last of its reasons ends by itself, if that is known. */
  etaTs?: number;
  /** Those that wait for the person first. */
  reasons: HoldReasonView[];
}

/** Why a call is held: one block. */
export interface HoldReasonView {
  block: string;
  /** The worker that has set it, or `user`. */
  from: string;
  text: string;
  /** Only the person can end it as things are. */
  needsYou: boolean;
  /** The person has set it. */
  ofPerson?: boolean;
  /** Why it cannot end by itself any more. */
  stuck?: string;
  /** A description of the condition that ends it: `W1 has ended`. */
  endsWhen?: string;
  dueTs?: number;
  etaTs?: number;
  /** A budget that is spent, and what a click allows in its place: `4M`. */
  allow?: { sum: string; agent?: string };
}

/**
 * Something that needs the person: a request, a held call or a notice of the view, by its id; or a dialog in Claude's
 * terminal of which nothing else is known.
 */
export interface DecisionView {
  kind: 'ask' | 'call' | 'notice' | 'dialog';
  id: string;
  sinceTs: number;
  /** Claude stands still because of it. */
  stopsClaude: boolean;
  /** As in its notice. */
  cause?: string;
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
  /** Of an edit collision: the file as the text names it, its path, and the two agents. */
  collision?: { file: string; path: string; agents: { session: string; worker: string }[] };
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
    | 'openWorkerLog'
    | 'compareEdits';
}

export interface BallotView {
  name: string;
  question?: string;
  options: { option: string; voters: string[] }[];
  /** `machine`: that of the voter, where it is another one, as that of holders and waiters of locks. */
  votes: { worker: string; decision: string; reason?: string; machine?: string }[];
  quorum?: number;
  cast: number;
  expected?: number;
  /** The voters who have not voted. */
  missing?: string[];
  deadlineTs?: number;
  decided?: { decision: string; why: string; by?: string; ts: number };
}

export interface LockView {
  resource: string;
  mode: 'exclusive' | 'shared';
  holders: { worker: string; token: number; dueTs?: number; sinceTs: number; machine?: string }[];
  waiters: { worker: string; sinceTs: number; mode: 'exclusive' | 'shared'; machine?: string }[];
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

/** A command that has to be seen to pass, and what was seen of it. */
export interface ProofView {
  /** The condition, as blocks have it. */
  of: string;
  command: string;
  /** The globs of the files that it covers, where those are not all. */
  covers?: string;
  state: 'shown' | 'notShown' | 'running';
  /** What was seen, as a sentence. */
  text: string;
  /** The line that shows it: its position in the log, its time, and the hash of the files then. */
  receipt?: { pos: number; ts: number; tree?: string };
}

/** Two branches, and whether they would merge. */
export interface MergeView {
  /** Unique, and the same as long as it concerns the same two. */
  id: string;
  /** The two, as a person calls them. */
  name: string;
  state: 'conflict' | 'clean' | 'unknown';
  /** What is known of them, as a sentence. */
  text: string;
  /** The line that has it: its position in the log, and its time. */
  pos?: number;
  ts?: number;
  /** The files in conflict, and how many there are beyond these. */
  files: string[];
  more?: number;
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
  /** Its worker has ended well, which adds nothing to what that has reported itself. */
  endsWell?: boolean;
}

/** What of a session can be reached from here, where that is not all of it. */
export interface Reach {
  /** Nothing can be done to it: it runs on another machine, or belongs to another user. */
  outOfReach?: 'machine' | 'user';
  /** Its Claude cannot be in a terminal of this machine: it is on another one, or in a container. */
  noTerminal?: true;
}

/** What a person has to know of the connection by which a session is shared with other machines. */
export interface LinkView {
  kind: 'shared' | 'disconnected' | 'stopped' | 'seatSilent';
  text: string;
  /** Why there is no connection, where that is known. */
  why?: string | undefined;
}

export interface SessionView {
  id: string;
  /** What a person reads in place of its id: its title, else its first prompt, else its project and the time of its start. */
  name: string;
  /** The name of the project's folder. */
  projectName: string;
  cwd?: string;
  /** The latest prompt that a person typed. */
  prompt?: string;
  /** The last words of Claude in the latest turn; `asks`: they end with a question. */
  lastSaid?: { text: string; ts: number; asks: boolean };
  conductor: { state: ConductorState; sinceTs?: number; reason?: string };
  live: boolean;
  /** It runs in the background, in no terminal. */
  background?: true;
  /** Aborted: every call is refused until the person releases that block. */
  aborted?: boolean;
  /** Every call is held until the person resumes. */
  paused?: boolean;
  startedTs?: number;
  /** When its latest turn ended, while no other one has begun. */
  turnEndedTs?: number;
  /** The latest line of its log or its transcripts. */
  lastSignTs?: number;
  /** Data from its transcript, if its format is known. */
  transcript?: TranscriptView;
  usage?: UsageView;
  /** Of all its agents. */
  changes?: ChangesView;
  /** Why its hooks report nothing: the view is made from its transcript, and no action is possible. */
  unhooked?: string;
  reach?: Reach;
  /** The other machine that has it, and decides: what is shown is a copy. */
  machine?: string;
  link?: LinkView;
}

export interface ViewModel {
  generatedTs: number;
  session: SessionView;
  /** What needs the person first, most urgent first. */
  notices: NoticeView[];
  /** Open permission requests, oldest first. */
  asks: AskView[];
  blocks: BlockView[];
  /** The calls that blocks hold or have refused; those that need the person first. */
  calls: HeldCallView[];
  /** Everything that needs the person, most urgent first: every surface shows these, and their number. */
  decisions: DecisionView[];
  workers: WorkerView[];
  ballots: BallotView[];
  locks: LockView[];
  checkpoints: CheckpointView[];
  /** How fast the session spends tokens, over the last minutes, and when it reaches its nearest limit. */
  spending?: string;
  /** The budget of which most is spent, for a row: what is spent, how fast, and when the rest is. */
  budget?: string;
  /** What has to be seen to pass; left out where nothing has. */
  proofs?: ProofView[];
  /** Branches that would conflict, and those of which it is waited for that they merge; left out where there are none. */
  merges?: MergeView[];
  /** Stages: each waits for workers of earlier ones. Empty if no worker waits for another. */
  pipeline: PipelineStep[][];
  /** The newest first. */
  activity: ActivityView[];
  /** There is older activity in the log. */
  activityCut?: boolean;
  damaged: { total: number; reasons: { reason: string; count: number }[] };
  counts: { running: number; ended: number; needsYou: number };
}
