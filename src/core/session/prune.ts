import { lstatSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { homePaths } from '../paths.ts';
import { linksIn, namesIn, removeSession, whoIsThere, type Link } from './removal.ts';
import { listSessions, type SessionEntry } from './sessionInfo.ts';

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
export interface Pruned {
  removed: { session: string; project: string | undefined; lastMs: number }[];
  kept: { session: string; why: string }[];
}

/** What an earlier call had begun to remove. */
const DOOMED = /^\.pruned-/;
/** Where `fermata join` puts a folder whose session now works in another one. */
const JOINED = /^([A-Za-z0-9_-]{1,128})\.joined$/;

/**
 * Removes old sessions with everything in their folders, and the links that led to them. Never one whose Claude or
 * whose workers may be there, and never one that a younger link leads to. A folder is taken out of sight in one step
 * before it is emptied, so nobody ever meets a part of it. Throws the system's error only where nothing can be listed.
 */
export async function pruneSessions({ home, now, olderThanMs, dryRun = false }: PruneOptions): Promise<Pruned> {
  const root = homePaths(home).sessions;
  const links = linksIn(root);
  const result: Pruned = { removed: [], kept: [] };
  for (const entry of listSessions(home)) {
    if (now - entry.touchedMs < olderThanMs) continue;
    const to = links.filter((link) => link.target === entry.id);
    const why = inUse(entry, to, now, olderThanMs);
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
  if (!dryRun) await removeRemains(root, now - olderThanMs);
  return result;
}

/** Why an old session must stay; undefined if nothing speaks for it. */
function inUse(entry: SessionEntry, links: Link[], now: number, olderThanMs: number): string | undefined {
  try {
    const there = whoIsThere(entry);
    if (there !== undefined) return there;
  } catch (error) {
    return `its log cannot be read (${(error as Error).message})`;
  }
  return links.some(({ madeMs }) => now - madeMs < olderThanMs) ? 'a younger session works in it' : undefined;
}

/** What an interrupted call left, and old folders of sessions that had joined others. */
async function removeRemains(root: string, before: number): Promise<void> {
  for (const name of namesIn(root)) {
    const path = join(root, name);
    const joined = JOINED.exec(name)?.[1];
    const old =
      joined !== undefined &&
      lstatSync(join(root, joined), { throwIfNoEntry: false }) === undefined &&
      (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
    if (DOOMED.test(name) || old) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}
