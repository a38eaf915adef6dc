import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isFermataEntry } from './entries.ts';
import { hookReach, type ReachFacts } from './hookReach.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';
import { asRecord, readLinkedJson } from '#core/base/json.ts';
import type { SettingsLocation } from '#core/install/settings/claudeSettingsFile.ts';
import { settingsFacts } from '#core/install/settings/settingsFacts.ts';

/** Claude Code's own file of all projects grows to megabytes. */
const MAX_CLAUDE_JSON_BYTES = 64 << 20;

/** A project in which Claude Code runs; without `projectDir` only the settings for every project count. */
export interface ReachQuery extends Omit<SettingsLocation, 'scope'> {
  /** The Fermata home, absolute. */
  home: string;
  userHome: string;
  /** The version of the Claude Code in question; without it the newest is assumed. */
  claude?: string;
  /** The folder of an administrator's settings; for tests. */
  managed?: string;
}

/** Why no hook of a session that started then (epoch ms) has reported to Fermata, and what to do, in sentences. */
export function describeHookProblem(query: ReachQuery, startedMs: number): string {
  const reach = hookReach(readReachFacts(query), { startedMs });
  // hooks that were installed while the session waited for a prompt run from its next step on
  if (reach.reached) return 'None of its hooks has run yet; they will when it goes on.';
  return `${reach.text} ${reach.todo}`;
}

/** Reads the facts that `hookReach` decides by. Writes nothing; never throws. */
export function readReachFacts({ managed, home, ...query }: ReachQuery): ReachFacts {
  const isOurs = isFermataEntry(home);
  const { projectDir, claude } = query;
  const settings = settingsFacts(query, isOurs, managed);
  if (projectDir === undefined) return { settings, claude, untrusted: false };
  const checkout = checkoutOf(projectDir);
  const inCheckout = checkout === undefined ? [] : settingsFacts({ ...query, projectDir: checkout }, isOurs, managed);
  const isInCheckout = inCheckout.some(({ ours, scope }) => ours && (scope === 'local' || scope === 'project'));
  return {
    settings,
    claude,
    claudeFolderCreatedMs: createdMs(join(projectDir, '.claude')),
    installedInCheckout: isInCheckout ? checkout : undefined,
    // .claude.json may be large, and is only of interest if hooks are installed
    get untrusted() {
      return isUntrusted(projectDir, query);
    },
  };
}

/** When a folder was created, epoch ms; undefined if there is none, or if its file system does not record that. */
function createdMs(dir: string): number | undefined {
  const birthtimeMs = statSync(dir, { throwIfNoEntry: false })?.birthtimeMs;
  return birthtimeMs === undefined || birthtimeMs <= 0 ? undefined : birthtimeMs;
}

/** The main checkout of a git worktree: its `.git` is a file that names a folder `<checkout>/.git/worktrees/<name>`. */
function checkoutOf(projectDir: string): string | undefined {
  try {
    const [, gitDir] = /^gitdir: (.+)$/m.exec(readLinkedBytes(join(projectDir, '.git')).toString('utf8')) ?? [];
    if (gitDir === undefined) return undefined;
    const worktrees = dirname(resolve(projectDir, gitDir.trim()));
    const git = dirname(worktrees);
    return basename(worktrees) === 'worktrees' && basename(git) === '.git' ? dirname(git) : undefined;
  } catch {
    return undefined; // no repository, or the checkout itself
  }
}

/** Whether Claude Code has recorded that the person did not accept its trust question for this folder. */
function isUntrusted(projectDir: string, { userHome, claudeConfigDir }: Omit<ReachQuery, 'home'>): boolean {
  const { projects } = asRecord(
    readLinkedJson(join(claudeConfigDir ?? userHome, '.claude.json'), MAX_CLAUDE_JSON_BYTES),
  );
  return asRecord(asRecord(projects)[projectDir])['hasTrustDialogAccepted'] === false;
}
