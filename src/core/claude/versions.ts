/** Since which version Claude Code does what it did not do before; each seen on the real CLI (docs/hooks.md). */
export const SINCE = {
  /** Passes over an invalid hook alone, except where it could have refused a call; before, over the whole settings file. */
  passesOverInvalidHooks: '2.1.257',
  /** Notices a project's `.claude` folder that is made while a session runs. */
  noticesClaudeFolder: '2.1.257',
} as const;

/** Whether Claude Code of this version is that new. A version that nobody knows counts as the newest. */
export function isSince(version: string | undefined, since: string): boolean {
  return version === undefined || !isOlder(version, since);
}

/** True when version `a` is older than `b`; both are numbers with dots. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
