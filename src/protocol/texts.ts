/** The texts of the webviews: the extension sends them in the display language, and a webview fills in the values. */
import type { Template } from './formatMessage.ts';
import type { MarkKind, SpanKind } from './timeline.ts';
import type { NoticeView, ConductorState, WorkerState } from './viewModel.ts';

/** Every text of the webviews. The English originals are in src/extension/panel/webviewTexts.ts. */
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
  releaseOf: Template<[block: string]>;
  releaseWithComment: string;
  releaseWithCommentOf: Template<[block: string]>;
  commentLabel: Template<[block: string]>;
  commentPlaceholder: string;
  messageLabel: string;
  messagePlaceholder: string;
  sendMessage: string;
  messageSent: string;
  messageTo: Template<[worker: string]>;
  messageToPlaceholder: string;
  releaseAll: string;
  confirmReleaseAll: Template<[count: number]>;
  cancel: string;
  dismiss: string;
  abort: Template<[worker: string]>;
  confirmAbort: Template<[worker: string]>;
  abortSession: string;
  pause: string;
  resume: string;
  confirmAbortSession: string;
  log: Template<[worker: string]>;
  output: Template<[worker: string]>;
  showAll: string;
  showLess: string;
  refusePlan: string;
  noticeAction: Record<NonNullable<NoticeView['action']>, string>;
  noticeKind: Record<NoticeView['kind'], string>;

  permission: string;
  question: string;
  planToApprove: string;
  askLabel: Template<[title: string, tool: string, summary: string]>;
  askWhere: string;
  allow: string;
  allowOf: Template<[what: string]>;
  deny: string;
  denyOf: Template<[what: string]>;
  denyWithComment: string;
  denyWithCommentOf: Template<[what: string]>;
  denyCommentLabel: Template<[what: string]>;
  answering: string;

  blockLabel: Template<[block: string, worker: string, concerns: string]>;
  concerns: string;
  ends: string;
  endsWhen: Template<[what: string]>;
  endsOnlyByYou: string;
  dueIn: Template<[time: string]>;
  dueNow: string;
  or: string;
  ago: Template<[time: string]>;
  since: Template<[time: string]>;
  refused: Template<[count: number]>;
  holding: Template<[tool: string, time: string]>;

  progressOf: Template<[worker: string]>;
  percent: Template<[percent: number]>;
  eta: Template<[time: string]>;
  etaOver: string;
  silentFor: Template<[time: string]>;
  waitsFor: Template<[what: string]>;
  pid: Template<[pid: number]>;
  tokens: Template<[input: string, output: string]>;
  tokensCached: Template<[input: string, output: string, cached: string]>;
  tokensTitle: string;
  tasks: string;
  tasksDone: Template<[done: number, total: number]>;
  tasksDoneNow: Template<[done: number, total: number, current: string]>;
  showEnded: Template<[count: number]>;
  noWorkers: string;

  cast: Template<[cast: number]>;
  castOf: Template<[cast: number, expected: number]>;
  quorum: Template<[quorum: number]>;
  optionBar: Template<[option: string, count: number]>;
  voted: Template<[worker: string, decision: string]>;
  decided: Template<[decision: string]>;
  decidedBy: Template<[by: string]>;
  deadlineIn: Template<[time: string]>;
  voteFor: Template<[option: string]>;
  confirmVote: Template<[option: string]>;

  shared: string;
  exclusive: string;
  free: string;
  heldBy: string;
  token: Template<[token: number]>;
  leaseEnds: Template<[time: string]>;
  leaseOver: string;
  next: string;
  lostBy: string;
  notified: string;
  notNotified: string;
  breakLock: string;
  confirmBreakLock: Template<[resource: string]>;

  arrived: Template<[count: number, total: number]>;
  arrivedNames: string;
  missingNames: string;
  complete: string;

  step: Template<[stage: number, worker: string, state: string]>;
  after: string;
  hasEnded: string;
  handsTo: string;

  filter: string;
  following: string;
  followNew: Template<[count: number]>;
  followHint: string;
  openLine: string;
  older: string;

  filterWorkers: string;
  stateFilter: string;
  stateFilters: Record<'all' | 'live' | 'needsYou' | 'ended', string>;
  noRun: string;
  run: Template<[run: string, count: number]>;
  noMatch: string;
  noActivity: string;

  damaged: Template<[total: number]>;
  damagedReason: Template<[reason: string, count: number]>;
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
  positionOf: Template<[time: string, event: number, events: number]>;
  eventOf: Template<[event: number, events: number]>;
  previousTurn: string;
  nextTurn: string;
  stepBack: string;
  stepForward: string;
  play: string;
  pausePlaying: string;
  speed: string;
  eachEvent: string;

  summary: Template<[running: number, needsYou: number]>;

  seconds: Template<[seconds: number]>;
  minutes: Template<[minutes: number]>;
  hours: Template<[hours: number, minutes: number]>;
  days: Template<[days: number, hours: number]>;

  timeline: TimelineTexts;
}

/** The texts of the timeline that the panel does not share. */
export interface TimelineTexts {
  /** The label of the button that opens the timeline. */
  open: string;
  title: Template<[session: string]>;
  kinds: Record<SpanKind | MarkKind, string>;
  kindCount: Template<[count: number, kind: string]>;
  you: string;
  reading: Template<[percent: number]>;
  empty: string;
  emptyHint: string;
  errorTitle: string;
  range: Template<[from: string, to: string]>;
  events: Template<[events: number]>;
  resolution: Template<[time: string]>;

  zoomIn: string;
  zoomOut: string;
  fit: string;
  follow: string;
  replay: string;
  table: string;
  legend: string;
  picture: string;
  keys: string;

  from: Template<[time: string]>;
  fromTo: Template<[from: string, to: string, took: string]>;
  lasting: Template<[from: string, took: string]>;
  endedBy: Template<[how: string, who: string]>;
  endings: Record<string, string>;
  handedTo: Template<[worker: string]>;
  blocksAs: Template<[block: string]>;

  tableLabel: Template<[session: string]>;
  columns: Record<'time' | 'who' | 'what' | 'name' | 'took' | 'said', string>;
  filter: string;
  rows: Template<[shown: number, all: number]>;
  noMatch: string;
  lasts: string;
  milliseconds: Template<[ms: number]>;
}
