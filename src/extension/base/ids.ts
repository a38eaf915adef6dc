/** Every id that the manifest and the code share; a test compares them with package.json both ways. */

/** The prefix of commands and settings. */
export const PREFIX = 'fermata';

/** Commands, by the name that the code uses. */
export const COMMANDS = {
  board: 'fermata.board',
  next: 'fermata.next',
  letRun: 'fermata.letRun',
  denyCall: 'fermata.denyCall',
  lessNews: 'fermata.lessNews',
  installHooks: 'fermata.installHooks',
  confirmInstall: 'fermata.confirmInstall',
  confirmInstallWithoutRules: 'fermata.confirmInstallWithoutRules',
  cancelInstall: 'fermata.cancelInstall',
  installInClaude: 'fermata.installInClaude',
  uninstallHooks: 'fermata.uninstallHooks',
  diagnose: 'fermata.diagnose',
  playDemo: 'fermata.playDemo',
  newSession: 'fermata.newSession',
  focusTerminal: 'fermata.focusTerminal',
  release: 'fermata.release',
  releaseAll: 'fermata.releaseAll',
  abortWorker: 'fermata.abortWorker',
  abortSession: 'fermata.abortSession',
  hold: 'fermata.hold',
  pause: 'fermata.pause',
  resume: 'fermata.resume',
  sendMessage: 'fermata.sendMessage',
  answerPermission: 'fermata.answerPermission',
  castVote: 'fermata.castVote',
  breakLock: 'fermata.breakLock',
  approveRules: 'fermata.approveRules',
  revokeRules: 'fermata.revokeRules',
  openRules: 'fermata.openRules',
  joinSession: 'fermata.joinSession',
  tryPrompt: 'fermata.tryPrompt',
  startPlan: 'fermata.startPlan',
  refusePlan: 'fermata.refusePlan',
  switchSession: 'fermata.switchSession',
  findSession: 'fermata.findSession',
  showMoreSessions: 'fermata.showMoreSessions',
  exportSession: 'fermata.exportSession',
  deleteSession: 'fermata.deleteSession',
  replay: 'fermata.replay',
  backToNow: 'fermata.backToNow',
  showSession: 'fermata.showSession',
  openWorkerLog: 'fermata.openWorkerLog',
  openOutput: 'fermata.openOutput',
  openEvents: 'fermata.openEvents',
  openTimeline: 'fermata.openTimeline',
  openTranscript: 'fermata.openTranscript',
  openChanges: 'fermata.openChanges',
  compareEdits: 'fermata.compareEdits',
  copyId: 'fermata.copyId',
  showLog: 'fermata.showLog',
  openSettings: 'fermata.openSettings',
} as const;

export type CommandName = keyof typeof COMMANDS;

/** The views, in their order in the container. */
export const VIEWS = { panel: 'fermata.panel', sessions: 'fermata.sessions' } as const;

/** Editor tabs of our own. */
export const TABS = { timeline: 'fermata.timeline' } as const;

/** The keys that when-clauses and the steps of the walkthrough refer to. */
export const CONTEXT_KEYS = {
  hasSession: 'fermata:hasSession',
  hasLive: 'fermata:hasLive',
  /** Of the session on display, as is the next one. */
  live: 'fermata:live',
  paused: 'fermata:paused',
  /** The Board is shown, with a live session: a command asks which one is meant. */
  onBoard: 'fermata:board',
  hasBlocks: 'fermata:hasBlocks',
  replaying: 'fermata:replaying',
  /** The question of an installation is open. */
  installing: 'fermata:installing',
  hooksInstalled: 'fermata:hooksInstalled',
  hasPlayed: 'fermata:hasPlayed',
  rulesApproved: 'fermata:rulesApproved',
  /** A tab of the editor's own, such as the walkthrough, has been open for a moment. */
  mayShowSteps: 'fermata:mayShowSteps',
  hasReleased: 'fermata:hasReleased',
  hasReadTimeline: 'fermata:hasReadTimeline',
} as const;

/** Kinds of rows in the view "History". The manifest chooses a row's menu by its kind. */
export const ROW_KINDS = {
  ended: 'ended',
  transcriptOnly: 'seen',
  past: 'past',
  history: 'history',
} as const;

/** The scheme of files as they are in the latest commit. */
export const COMMITTED_SCHEME = 'fermata-committed';

/** The scheme of transcripts as documents. */
export const TRANSCRIPT_SCHEME = 'fermata-transcript';

/** The scheme of the virtual documents in the diff that precedes an installation. */
export const PREVIEW_SCHEME = 'fermata-preview';
