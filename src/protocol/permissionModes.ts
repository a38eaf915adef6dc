/** How far a Claude may go without asking, the narrowest first, as Claude Code names it. */
export const PERMISSION_MODES = ['plan', 'dontAsk', 'default', 'acceptEdits', 'auto', 'bypassPermissions'] as const;

export type PermissionMode = (typeof PERMISSION_MODES)[number];
