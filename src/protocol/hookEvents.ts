/** The Claude Code hook events that Fermata installs an entry for or that a worker may name. */
export const HOOK_EVENTS = [
  'SessionStart',
  'UserPromptSubmit',
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'PostToolBatch',
  'Stop',
  'StopFailure',
  'SubagentStart',
  'SubagentStop',
  'Notification',
  'PermissionRequest',
  'TaskCreated',
  'TaskCompleted',
  'TeammateIdle',
  'PreCompact',
  'SessionEnd',
] as const;

export type HookEvent = (typeof HOOK_EVENTS)[number];

/** Information meant for PostToolUse is as welcome at these: each follows a tool call. */
export const AFTER_TOOL: readonly HookEvent[] = ['PostToolUse', 'PostToolUseFailure', 'PostToolBatch'];

/** Nothing can be refused here: Claude Code only tells what has happened. */
export const NOTIFICATION_ONLY: readonly HookEvent[] = ['StopFailure', 'Notification', 'SessionEnd'];

/** A block said here comes after the deed: it is said once and does not stand (DESIGN §4). */
export const DELIVERED_ONCE: readonly HookEvent[] = [
  'UserPromptSubmit',
  'PostToolUse',
  'PostToolUseFailure',
  'PostToolBatch',
  'SessionStart',
  'SubagentStart',
  ...NOTIFICATION_ONLY,
];

/** Claude Code takes information for the model here; at any other event it would drop the whole answer. */
export const TAKES_CONTEXT: readonly HookEvent[] = [
  'SessionStart',
  'UserPromptSubmit',
  'PreToolUse',
  ...AFTER_TOOL,
  'Stop',
  'SubagentStart',
  'SubagentStop',
];

/** Claude may go on here after a refusal and come back: one cause refuses only so often. */
export const RETRIES_AFTER_REFUSAL: readonly HookEvent[] = ['Stop', 'SubagentStop', 'TeammateIdle'];
