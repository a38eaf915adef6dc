import { lstatSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { homePaths } from '#core/base/paths.ts';
import { linksIn, namesIn, removeSession, inUseBy, type SessionLink } from './removal.ts';
import { listSessions, type SessionEntry } from './info.ts';

export interface PruneOptions {
  home: string;
  /** Epoch ms. */
  now: number;
  /** Sessions whose log has not grown for so long are old. */
  olderThanMs: number;
  /** Only say what would be removed. */
  dryRun?: boolean;
}

/** What was removed, or would be, and what is old but was kept, with the reason. */
export interface PruneResult {
  removed: { session: string; project: string | undefined; lastMs: number }[];
  kept: { session: string; why: string }[];
}

/** What an earlier call had begun to remove. */
const PRUNED_NAME = /^\.pruned-/;
/** Where `fermata join` puts a folder whose session now works in another one. */
const JOINED_NAME = /^([A-Za-z0-9_-]{1,128})\.joined$/;

/**
 * Removes old sessions with everything in their folders, and the links that led to them. Never one whose Claude or
 * whose workers may be there, and never one that a younger link leads to. A folder is taken out of sight in one step
 * before it is emptied, so nobody ever meets a part of it. Throws the system's error only where nothing can be listed.
 */
export async function pruneSessions({ home, now, olderThanMs, dryRun = false }: PruneOptions): Promise<PruneResult> {
  const root = homePaths(home).sessions;
  const links = linksIn(root);
  const result: PruneResult = { removed: [], kept: [] };
  for (const entry of listSessions(home)) {
    if (now - entry.touchedMs < olderThanMs) continue;
    const to = links.filter((link) => link.target === entry.id);
    const why = reasonToKeep(entry, to, now, olderThanMs);
    if (why !== undefined) {
      result.kept.push({ session: entry.id, why });
      continue;
    }
    try {
      if (!dryRun && !(await removeSession(root, entry, to))) continue;
      result.removed.push({ session: entry.id, project: entry.info?.project, lastMs: Math.round(entry.touchedMs) });
    } catch (error) {
      result.kept.push({ session: entry.id, why: (error as Error).message });
    }
  }
  if (!dryRun) await removeLeftovers(root, now - olderThanMs);
  return result;
}

/** Why an old session must stay; undefined if nothing speaks for it. */
function reasonToKeep(entry: SessionEntry, links: SessionLink[], now: number, olderThanMs: number): string | undefined {
  try {
    const usedBy = inUseBy(entry);
    if (usedBy !== undefined) return usedBy;
  } catch (error) {
    return `its log cannot be read (${(error as Error).message})`;
  }
  return links.some(({ createdMs }) => now - createdMs < olderThanMs) ? 'a younger session works in it' : undefined;
}

/** What an interrupted call left, and old folders of sessions that had joined others. */
async function removeLeftovers(root: string, before: number): Promise<void> {
  for (const name of namesIn(root)) {
    const path = join(root, name);
    const joined = JOINED_NAME.exec(name)?.[1];
    const isOldBackup =
      joined !== undefined &&
      lstatSync(join(root, joined), { throwIfNoEntry: false }) === undefined &&
      (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
    if (PRUNED_NAME.test(name) || isOldBackup) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}
