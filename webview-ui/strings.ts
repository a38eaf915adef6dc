import type { ConductorState, NoticeView, WorkerState } from '../src/protocol/viewModel.ts';

/** Number and noun in agreement. */
function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

const CONDUCTOR: Record<ConductorState, string> = {
  working: 'working',
  idle: 'idle',
  waiting: 'waiting for you',
  ended: 'ended',
  unknown: 'state unknown',
};

const WORKER: Record<WorkerState, string> = {
  planned: 'planned',
  starting: 'starting',
  running: 'running',
  waiting: 'waiting',
  done: 'done',
  failed: 'failed',
  aborted: 'aborted',
  lost: 'lost',
};

const NOTICE_ACTION: Record<NonNullable<NoticeView['action']>, string> = {
  startPlan: 'Start',
  approveRules: 'Review and Approve…',
  openRules: 'Open Rules',
  installHooks: 'Install Hooks…',
  openEvents: 'Open Session Log',
  openSettings: 'Open Settings',
  showLog: 'Show Log',
  openWorkerLog: 'Open Worker Log',
};

const NOTICE_KIND: Record<NoticeView['kind'], string> = {
  escalation: 'Escalation',
  warning: 'Warning',
  plan: 'Workers wait for you',
  rules: 'Rules',
  hooks: 'Hooks',
  cycle: 'Deadlock',
  collision: 'Edit collision',
  log: 'Log',
  settings: 'Settings',
};

/** Every text of the panel in one place, so that a translation replaces one object. */
export const strings = {
  panelTitle: 'Orchestration',
  loading: 'Loading…',
  conductor: 'Conductor',
  conductorState: (state: ConductorState) => CONDUCTOR[state],
  workerState: (state: WorkerState) => WORKER[state],
  session: 'Session',
  sessionChoice: (title: string, id: string | undefined, state: ConductorState) =>
    [title, id, CONDUCTOR[state]].filter(Boolean).join(' · '),

  needsYou: 'Needs you',
  waitingByDesign: 'Waiting by design',
  workers: 'Workers',
  votes: 'Votes',
  locks: 'Locks',
  checkpoints: 'Checkpoints',
  activity: 'Activity',

  release: 'Release',
  releasing: 'Releasing…',
  releaseOf: (block: string) => `Release ${block}`,
  releaseWithWord: 'Release with a word…',
  releaseWithWordOf: (block: string) => `Release with a word… (${block})`,
  wordLabel: (block: string) => `Word to Claude with the release of ${block}`,
  wordPlaceholder: 'Tell Claude why or what next',
  messageLabel: 'Message to Claude',
  messagePlaceholder: 'Tell Claude something',
  sendMessage: 'Send',
  messageSent: 'Sent. Claude reads it with its next step.',
  messageTo: (worker: string) => `Send a message to ${worker}`,
  messageToPlaceholder: 'It reads this with fermata inbox',
  releaseAll: 'Release all…',
  confirmReleaseAll: (count: number) => `Really release all ${count}?`,
  cancel: 'Cancel',
  dismiss: 'Dismiss',
  abort: (worker: string) => `Abort ${worker}`,
  confirmAbort: (worker: string) => `Really abort ${worker}?`,
  abortSession: 'Abort session',
  confirmAbortSession: 'Really abort Claude’s turn and all workers?',
  log: (worker: string) => `Open log of ${worker}`,
  output: (worker: string) => `Open output of ${worker}`,
  showAll: 'Show all',
  showLess: 'Show less',
  refusePlan: 'Don’t start',
  noticeAction: (action: NonNullable<NoticeView['action']>) => NOTICE_ACTION[action],
  noticeKind: (kind: NoticeView['kind']) => NOTICE_KIND[kind],

  askTitle: (tool: string) =>
    tool === 'AskUserQuestion' ? 'Question' : tool === 'ExitPlanMode' ? 'Plan to approve' : 'Permission',
  askLabel: (title: string, tool: string, summary: string) => `${title}: ${tool}, ${summary}`,
  askWhere: 'Answer it where Claude runs.',
  allow: 'Allow',
  allowOf: (what: string) => `Allow ${what}`,
  deny: 'Deny',
  denyOf: (what: string) => `Deny ${what}`,
  denyWithWord: 'Deny with a word…',
  denyWithWordOf: (what: string) => `Deny ${what} with a word to Claude`,
  denyWordLabel: (what: string) => `Why ${what} is denied, or what to do instead`,
  answering: 'Answering…',

  blockLabel: (block: string, worker: string, concerns: string) => `Block ${block} by ${worker}, concerns ${concerns}`,
  concerns: 'Concerns',
  ends: 'Ends',
  endsWhen: (what: string) => `when ${what}`,
  endsOnlyByYou: 'when you release it',
  dueIn: (time: string) => `in ${time}`,
  dueNow: 'now',
  or: 'or',
  ago: (time: string) => `${time} ago`,
  since: (time: string) => `for ${time}`,
  refused: (count: number) => `refused ${count === 1 ? 'once' : `${count} times`}`,
  holding: (tool: string, time: string) => `holds ${tool} for ${time}`,

  workerLabel: (id: string, state: string, task: string | undefined) => [id, state, task].filter(Boolean).join(', '),
  progressOf: (worker: string) => `Progress of ${worker}`,
  percent: (pct: number) => `${Math.round(pct)}%`,
  eta: (time: string) => `ETA ${time}`,
  etaOver: 'any moment',
  silentFor: (time: string) => `silent for ${time}`,
  waitsFor: (what: string) => `Waits for ${what}`,
  startsAfter: (workers: string) => `Starts after ${workers}`,
  pid: (pid: number) => `pid ${pid}`,
  tokens: (input: string, output: string, cached: string | undefined) =>
    `${input} in, ${output} out tokens${cached === undefined ? '' : `, ${cached} from cache`}`,
  tokensTitle: 'Read and written so far, not what is billed',
  tasks: 'Task list',
  tasksDone: (done: number, total: number, current: string | undefined) =>
    `${done} of ${total}${current === undefined ? '' : `: ${current}`}`,
  showEnded: (count: number) => `Show ${plural(count, 'more ended worker', 'more ended workers')}`,
  noWorkers: 'No workers yet. They appear here as they start.',

  cast: (cast: number, expected: number | undefined) =>
    expected === undefined ? plural(cast, 'vote', 'votes') : `${cast} of ${expected} voted`,
  quorum: (quorum: number) => `quorum ${quorum}`,
  optionBar: (option: string, count: number) => `${option}: ${plural(count, 'vote', 'votes')}`,
  voted: (worker: string, decision: string) => `${worker}: ${decision}`,
  decided: (decision: string) => `Decided: ${decision}`,
  decidedBy: (by: string) => `by ${by}`,
  deadlineIn: (time: string) => `closes in ${time}`,
  voteFor: (option: string) => `Vote ${option}`,
  confirmVote: (option: string) => `Really vote ${option}?`,

  shared: 'shared',
  exclusive: 'exclusive',
  free: 'free',
  heldBy: 'held by',
  token: (token: number) => `token ${token}`,
  leaseEnds: (time: string) => `lease ends in ${time}`,
  leaseOver: 'lease over',
  next: 'Next:',
  breakLock: 'Break lock',
  confirmBreakLock: (resource: string) => `Really break ${resource}?`,

  arrived: (count: number, total: number) => `${count} of ${total} arrived`,
  arrivedNames: 'Arrived:',
  missingNames: 'Missing:',
  complete: 'complete',

  filter: 'Filter activity',
  following: 'Following',
  followNew: (count: number) => `Follow (${count} new)`,
  followHint: 'Following: new lines appear on top as they come. Click to hold the list while you read.',
  openLine: 'Open the line in the session log',

  filterWorkers: 'Filter workers',
  stateFilter: 'Show workers by state',
  stateFilters: { all: 'All', live: 'At work', needsYou: 'Needs you', ended: 'Ended' },
  noRun: 'Outside of runs',
  run: (run: string, count: number) => `${run}: ${plural(count, 'worker', 'workers')}`,
  noMatch: 'Nothing matches the filter.',
  noActivity: 'Nothing has happened yet.',

  damaged: (total: number) => `${plural(total, 'damaged line', 'damaged lines')} in the log`,
  damagedReason: (reason: string, count: number) => `${count} × ${reason}`,
  openEvents: 'Open Session Log',

  installHooks: 'Install Hooks…',
  repairHooks: 'Repair Hooks…',
  diagnose: 'Diagnose',
  hooksMissingTitle: 'See what Claude Code is doing',
  hooksMissing:
    'Fermata adds hooks to Claude Code’s settings, once. From then on its sessions and workers appear here, and Claude asks Fermata before it acts. You see the change before it is made.',
  watchAll: 'Watch all my Claude sessions',
  watchProject: 'Only this project',
  playDemo: 'Play the demo',
  playDemoHint: 'A minute with three workers and a simulated Claude. No setting and no file of yours is touched.',
  hooksMissingShort: 'Hooks are not installed: Claude Code does not ask Fermata yet.',
  hooksBroken: 'The hooks do not work as they are.',
  hooksStopped: 'Claude Code does not run the hooks here.',
  hooksUntrusted:
    'The hooks are installed, but Claude Code does not trust this folder yet. Start Claude Code here and accept its question.',
  noSessionTitle: 'No session yet',
  noSession: 'Start Claude Code in this folder; it appears here by itself.',
  newSession: 'Start Claude Code',
  focusTerminal: 'Go to its terminal',
  resumeTerminal: 'Resume it in a terminal',
  untrustedTitle: 'Restricted Mode',
  manageTrust: 'Manage Workspace Trust',
  loadingLong: 'Fermata has not answered yet. Its log says why.',
  untrusted: 'Restricted Mode: Fermata only watches. Trust this folder to release, abort or install.',
  errorTitle: 'The panel cannot be filled',
  showLog: 'Show Log',

  summary: (running: number, needsYou: number) =>
    `${plural(running, 'worker', 'workers')} running, ${needsYou === 0 ? 'nothing needs you' : plural(needsYou, 'item needs you', 'items need you')}`,
} as const;
