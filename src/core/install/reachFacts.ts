import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isFermataEntry } from './entries.ts';
import type { ReachFacts } from './hookReach.ts';
import { settingsFacts } from '#core/install/settings/settingsFacts.ts';

export interface ReachQuery {
  /** The folder in which Claude Code was or would be started, absolute; without one only what counts everywhere. */
  projectDir?: string;
  /** The Fermata home, absolute. */
  home: string;
  userHome: string;
  claudeConfigDir?: string;
  /** The version of the Claude Code in question; the newest where it is not known. */
  claude?: string;
  /** Where an administrator's settings are; for tests. */
  managed?: string;
}

/** Gathers from the disk what `hookReach` decides by. Reads only; never throws. */
export function readReachFacts({ managed, home, ...query }: ReachQuery): ReachFacts {
  const isOurs = isFermataEntry(home);
  const { projectDir, ...everywhere } = query;
  const settings = settingsFacts(query, isOurs, managed);
  const version = query.claude === undefined ? {} : { claude: query.claude };
  if (projectDir === undefined) return { settings, ...version, untrusted: false };
  const createdMs = folderCreatedMs(join(projectDir, '.claude'));
  const checkout = checkoutOf(projectDir);
  const inCheckout =
    checkout !== undefined &&
    settingsFacts({ ...everywhere, projectDir: checkout }, isOurs, managed).some(
      ({ ours, scope }) => ours && (scope === 'local' || scope === 'project'),
    );
  return {
    settings,
    ...version,
    ...(createdMs === undefined ? {} : { claudeFolderCreatedMs: createdMs }),
    ...(inCheckout ? { installedInCheckout: checkout } : {}),
    untrusted: isUntrusted(projectDir, query),
  };
}

/** When a folder was made; undefined where there is none or its file system keeps no such time. */
function folderCreatedMs(dir: string): number | undefined {
  const createdMs = statSync(dir, { throwIfNoEntry: false })?.birthtimeMs;
  return createdMs === undefined || createdMs <= 0 ? undefined : createdMs;
}

/** The main checkout of a git worktree: its `.git` is a file that names a folder `<checkout>/.git/worktrees/<name>`. */
function checkoutOf(projectDir: string): string | undefined {
  try {
    const [, gitDir] = /^gitdir: (.+)$/m.exec(readFileSync(join(projectDir, '.git'), 'utf8')) ?? [];
    if (gitDir === undefined) return undefined;
    const worktrees = dirname(resolve(projectDir, gitDir.trim()));
    const git = dirname(worktrees);
    return basename(worktrees) === 'worktrees' && basename(git) === '.git' ? dirname(git) : undefined;
  } catch {
    return undefined; // no repository, or the checkout itself
  }
}

/** Where Claude Code never ran, nothing is known, and nothing is said. */
function isUntrusted(projectDir: string, { userHome, claudeConfigDir }: Omit<ReachQuery, 'home'>): boolean {
  try {
    const file = JSON.parse(readFileSync(join(claudeConfigDir ?? userHome, '.claude.json'), 'utf8')) as {
      projects?: Record<string, { hasTrustDialogAccepted?: unknown }>;
    };
    return file.projects?.[projectDir]?.hasTrustDialogAccepted === false;
  } catch {
    return false;
  }
}
