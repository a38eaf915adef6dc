/** The versions of Claude Code that changed its behavior; each observed on the real CLI (docs/hooks.md). */
export const SINCE = {
  /** Ignores only an invalid hook, unless it could have refused a call; before, it ignored the whole settings file. */
  passesOverInvalidHooks: '2.1.257',
  /** Notices a project's `.claude` folder that is created while a session runs. */
  noticesClaudeFolder: '2.1.257',
} as const;

/** Whether a version of Claude Code is `since` or newer. An unknown version counts as the newest. */
export function isSince(version: string | undefined, since: string): boolean {
  return version === undefined || !isOlder(version, since);
}

/** Whether version `a` is older than `b`; both are numbers with dots. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
