/** The versions of Claude Code that changed its behavior; each observed on the real CLI (docs/hooks.md). */
export const SINCE = {
  /** Ignores a settings file of more than 2 MiB; 2.1.163 reads it. */
  ignoresLargeSettings: '2.1.197',
  /** Ignores only an invalid hook, unless it could have refused a call; before, it ignored the whole settings file. */
  passesOverInvalidHooks: '2.1.257',
  /** Keeps the status of every session in its file, not of those in a terminal alone. */
  statusEverywhere: '2.1.272',
  /** Notices a project's `.claude` folder that is created while a session runs. */
  noticesClaudeFolder: '2.1.257',
  /** Runs modules of plugins in its own process. */
  runsMods: '2.1.286',
  /** Refuses a call where the hook that was to judge it fails and has `onFailure: "block"`; before, the key means nothing. */
  refusesOnFailure: '2.1.295',
  /** Has an event for what a skill or a slash command runs in a shell by itself; before, no hook sees that. */
  asksAboutSkillCommands: '2.1.332',
} as const;

/** The newest version on which it was tried which settings files Claude Code reads. */
export const NEWEST_TRIED = '2.1.332';

/** Whether a version of Claude Code is `since` or newer. An unknown version counts as the newest. */
export function isSince(version: string | undefined, since: string): boolean {
  return version === undefined || !isOlder(version, since);
}

/** The oldest of these versions; undefined where none is known. */
export const oldestOf = (versions: readonly (string | undefined)[]): string | undefined =>
  versions
    .filter((version) => version !== undefined)
    .toSorted((a, b) => (isOlder(a, b) ? -1 : 1))
    .at(0);

/** The newest of these versions; undefined where none is known. */
export const newestOf = (versions: readonly (string | undefined)[]): string | undefined =>
  versions
    .filter((version) => version !== undefined)
    .toSorted((a, b) => (isOlder(a, b) ? 1 : -1))
    .at(0);

/** Whether version `a` is older than `b`; both are numbers with dots. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
