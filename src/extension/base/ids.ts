/** Every id that the manifest and the code share; a test compares them with package.json both ways. */

/** The prefix of commands and settings. */
export const PREFIX = 'fermata';

/** Commands, by the name that the code uses. */
export const COMMANDS = {
  installHooks: 'fermata.installHooks',
  uninstallHooks: 'fermata.uninstallHooks',
  diagnose: 'fermata.diagnose',
  playDemo: 'fermata.playDemo',
  newSession: 'fermata.newSession',
  focusTerminal: 'fermata.focusTerminal',
  release: 'fermata.release',
  releaseAll: 'fermata.releaseAll',
  abortWorker: 'fermata.abortWorker',
  abortSession: 'fermata.abortSession',
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
  paused: 'fermata:paused',
  hasBlocks: 'fermata:hasBlocks',
  replaying: 'fermata:replaying',
  hooksInstalled: 'fermata:hooksInstalled',
  hasPlayed: 'fermata:hasPlayed',
  rulesApproved: 'fermata:rulesApproved',
  hasReleased: 'fermata:hasReleased',
  hasReadTimeline: 'fermata:hasReadTimeline',
} as const;

/** Kinds of rows in the view "Sessions". The manifest chooses a row's menu by its kind. */
export const ROW_KINDS = {
  live: 'live',
  paused: 'paused',
  ended: 'ended',
  transcriptOnly: 'seen',
  past: 'past',
  history: 'history',
} as const;

/** The scheme of the virtual documents in the diff that precedes an installation. */
export const PREVIEW_SCHEME = 'fermata-preview';
