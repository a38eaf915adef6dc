/** What the webviews say: the extension sends every text in the display language, a webview only fills in what it is about. */
import type { TimelineTexts } from './timelineTexts.ts';
import type { NoticeView, ConductorState, WorkerState } from './viewModel.ts';

/** A text that is about something: filled in with these, in this order. */
export type Filled<Values extends readonly (string | number)[]> = (...values: Values) => string;

/** Every text of the webviews, as they use it. The English originals are in src/extension/surfaces/webviewTexts.ts. */
export interface Texts {
  panelTitle: string;
  loading: string;
  conductor: string;
  conductorState: Record<ConductorState, string>;
  workerState: Record<WorkerState, string>;
  session: string;

  needsYou: string;
  waitingByDesign: string;
  workers: string;
  votes: string;
  locks: string;
  checkpoints: string;
  pipeline: string;
  activity: string;

  release: string;
  releasing: string;
  releaseOf: Filled<[block: string]>;
  releaseWithWord: string;
  releaseWithWordOf: Filled<[block: string]>;
  wordLabel: Filled<[block: string]>;
  wordPlaceholder: string;
  messageLabel: string;
  messagePlaceholder: string;
  sendMessage: string;
  messageSent: string;
  messageTo: Filled<[worker: string]>;
  messageToPlaceholder: string;
  releaseAll: string;
  confirmReleaseAll: Filled<[count: number]>;
  cancel: string;
  dismiss: string;
  abort: Filled<[worker: string]>;
  confirmAbort: Filled<[worker: string]>;
  abortSession: string;
  pause: string;
  resume: string;
  confirmAbortSession: string;
  log: Filled<[worker: string]>;
  output: Filled<[worker: string]>;
  showAll: string;
  showLess: string;
  refusePlan: string;
  noticeAction: Record<NonNullable<NoticeView['action']>, string>;
  noticeKind: Record<NoticeView['kind'], string>;

  permission: string;
  question: string;
  planToApprove: string;
  askLabel: Filled<[title: string, tool: string, summary: string]>;
  askWhere: string;
  allow: string;
  allowOf: Filled<[what: string]>;
  deny: string;
  denyOf: Filled<[what: string]>;
  denyWithWord: string;
  denyWithWordOf: Filled<[what: string]>;
  denyWordLabel: Filled<[what: string]>;
  answering: string;

  blockLabel: Filled<[block: string, worker: string, concerns: string]>;
  concerns: string;
  ends: string;
  endsWhen: Filled<[what: string]>;
  endsOnlyByYou: string;
  dueIn: Filled<[time: string]>;
  dueNow: string;
  or: string;
  ago: Filled<[time: string]>;
  since: Filled<[time: string]>;
  refused: Filled<[count: number]>;
  holding: Filled<[tool: string, time: string]>;

  progressOf: Filled<[worker: string]>;
  percent: Filled<[percent: number]>;
  eta: Filled<[time: string]>;
  etaOver: string;
  silentFor: Filled<[time: string]>;
  waitsFor: Filled<[what: string]>;
  pid: Filled<[pid: number]>;
  tokens: Filled<[input: string, output: string]>;
  tokensCached: Filled<[input: string, output: string, cached: string]>;
  tokensTitle: string;
  tasks: string;
  tasksDone: Filled<[done: number, total: number]>;
  tasksDoneNow: Filled<[done: number, total: number, current: string]>;
  showEnded: Filled<[count: number]>;
  noWorkers: string;

  cast: Filled<[cast: number]>;
  castOf: Filled<[cast: number, expected: number]>;
  quorum: Filled<[quorum: number]>;
  optionBar: Filled<[option: string, count: number]>;
  voted: Filled<[worker: string, decision: string]>;
  decided: Filled<[decision: string]>;
  decidedBy: Filled<[by: string]>;
  deadlineIn: Filled<[time: string]>;
  voteFor: Filled<[option: string]>;
  confirmVote: Filled<[option: string]>;

  shared: string;
  exclusive: string;
  free: string;
  heldBy: string;
  token: Filled<[token: number]>;
  leaseEnds: Filled<[time: string]>;
  leaseOver: string;
  next: string;
  lostBy: string;
  told: string;
  notTold: string;
  breakLock: string;
  confirmBreakLock: Filled<[resource: string]>;

  arrived: Filled<[count: number, total: number]>;
  arrivedNames: string;
  missingNames: string;
  complete: string;

  step: Filled<[stage: number, worker: string, state: string]>;
  after: string;
  hasEnded: string;
  handsTo: string;

  filter: string;
  following: string;
  followNew: Filled<[count: number]>;
  followHint: string;
  openLine: string;
  older: string;

  filterWorkers: string;
  stateFilter: string;
  stateFilters: Record<'all' | 'live' | 'needsYou' | 'ended', string>;
  noRun: string;
  run: Filled<[run: string, count: number]>;
  noMatch: string;
  noActivity: string;

  damaged: Filled<[total: number]>;
  damagedReason: Filled<[reason: string, count: number]>;
  openEvents: string;

  installHooks: string;
  repairHooks: string;
  diagnose: string;
  hooksMissingTitle: string;
  hooksMissing: string;
  watchAll: string;
  watchProject: string;
  playDemo: string;
  playDemoHint: string;
  hooksMissingShort: string;
  hooksBroken: string;
  hooksStopped: string;
  hooksUntrusted: string;
  noSessionTitle: string;
  noSession: string;
  newSession: string;
  focusTerminal: string;
  resumeTerminal: string;
  untrustedTitle: string;
  manageTrust: string;
  loadingLong: string;
  untrusted: string;
  errorTitle: string;
  showLog: string;

  replay: string;
  past: string;
  readingLog: string;
  backToNow: string;
  scrubber: string;
  scrubberHint: string;
  momentOf: Filled<[time: string, event: number, events: number]>;
  eventOf: Filled<[event: number, events: number]>;
  previousTurn: string;
  nextTurn: string;
  stepBack: string;
  stepForward: string;
  play: string;
  pausePlaying: string;
  speed: string;
  eachEvent: string;

  summary: Filled<[running: number, needsYou: number]>;

  seconds: Filled<[seconds: number]>;
  minutes: Filled<[minutes: number]>;
  hours: Filled<[hours: number, minutes: number]>;
  days: Filled<[days: number, hours: number]>;

  timeline: TimelineTexts;
}

/** The texts as they are written and sent: `{0}` where the first value goes, `{0, plural, one {# vote} other {# votes}}` where it is counted. */
export type Written<T> = T extends string
  ? string
  : T extends Filled<infer Values>
    ? WithSlots<Values>
    : { [K in keyof T]: Written<T[K]> };

type Slot<N extends number> = `${string}{${N}${string}`;

/** A text with a place for each value: forgetting one does not compile. */
type WithSlots<Values extends readonly unknown[]> = Values['length'] extends 1
  ? Slot<0>
  : Values['length'] extends 2
    ? Slot<0> & Slot<1>
    : Slot<0> & Slot<1> & Slot<2>;
