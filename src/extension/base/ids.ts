/** Every id that the manifest and the code share; a test compares them with package.json both ways. */

/** The prefix of commands and settings. */
export const PREFIX = 'fermata';

const COMMAND_NAMES = [
  'board',
  'next',
  'letRun',
  'denyCall',
  'lessNews',
  'installHooks',
  'confirmInstall',
  'confirmInstallWithoutRules',
  'cancelInstall',
  'installInClaude',
  'readStatusLine',
  'guardGit',
  'uninstallHooks',
  'diagnose',
  'playDemo',
  'newSession',
  'focusTerminal',
  'release',
  'releaseAll',
  'abortWorker',
  'giveUpWorker',
  'abortSession',
  'hold',
  'holdDone',
  'pause',
  'resume',
  'sendMessage',
  'answerPermission',
  'castVote',
  'breakLock',
  'approveRules',
  'revokeRules',
  'openRules',
  'shareSession',
  'unshareSession',
  'followSession',
  'joinSession',
  'tryPrompt',
  'tryOnPast',
  'startPlan',
  'refusePlan',
  'switchSession',
  'findSession',
  'showMoreSessions',
  'exportSession',
  'deleteSession',
  'replay',
  'backToNow',
  'showSession',
  'openWorkerLog',
  'openOutput',
  'openEvents',
  'openTimeline',
  'openTranscript',
  'openChanges',
  'compareEdits',
  'copyId',
  'showLog',
  'openSettings',
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];

/** Ids by the names that the code uses; their texts are made here, since every window loads them. */
function prefixed<Name extends string, Separator extends string>(names: readonly Name[], separator: Separator) {
  return Object.fromEntries(names.map((name) => [name, PREFIX + separator + name])) as {
    [Each in Name]: `${typeof PREFIX}${Separator}${Each}`;
  };
}

/** Commands, by the name that the code uses. */
export const COMMANDS = prefixed(COMMAND_NAMES, '.');

/** The views, in their order in the container. */
export const VIEWS = { panel: 'fermata.panel', sessions: 'fermata.sessions' } as const;

/** Editor tabs of our own. */
export const TABS = { timeline: 'fermata.timeline' } as const;

const CONTEXT_NAMES = [
  'hasSession',
  'hasLive',
  // of the session on display, as is the next one
  'live',
  'paused',
  // the Board is shown, with a live session: a command asks which one is meant
  'board',
  'hasBlocks',
  // a session is shared with other machines
  'hasShared',
  'replaying',
  // the question of an installation is open
  'installing',
  'hooksInstalled',
  'hasPlayed',
  'rulesApproved',
  // a tab of the editor's own, such as the walkthrough, has been open for a moment
  'mayShowSteps',
  'hasReleased',
  'hasReadTimeline',
] as const;

/** The keys that when-clauses and the steps of the walkthrough refer to. */
export const CONTEXT_KEYS = prefixed(CONTEXT_NAMES, ':');

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
