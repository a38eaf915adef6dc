import { lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { homePaths } from '#core/base/paths.ts';
import { mayBeRunning, linksIn, removeSession, inUseBy, type SessionLink } from './removal.ts';
import { listSessions, readSessionInfo, type SessionEntry } from './info.ts';
import { joinBackups } from './folder.ts';

/** More entries than this are not counted one by one. */
const MAX_ENTRIES = 100_000;

/** How much a session's folder holds. */
export interface FolderSize {
  files: number;
  bytes: number;
}

/**
 * Why a session must not be deleted, in words; undefined if nothing speaks for it. Never one whose Claude or whose
 * workers may be there, nor one in which another session works.
 */
export function whyNotDelete(home: string, folder: string): string | undefined {
  const found = findSession(home, folder);
  if (found === undefined) return 'there is no such session any more';
  const { entry, links } = found;
  try {
    const usedBy = inUseBy(entry);
    if (usedBy !== undefined) return usedBy;
  } catch (error) {
    return `its log cannot be read (${(error as Error).message})`;
  }
  const working = links.find(({ path }) => mayBeRunning(ownInfoOf(path)));
  return working === undefined ? undefined : `the session ${basename(working.path)} works in it`;
}

/**
 * Deletes a session with all that is in its folder, and the links that led to it. Throws an error that says why where
 * it must not, and the system's.
 */
export async function deleteSession(home: string, folder: string): Promise<void> {
  const why = whyNotDelete(home, folder);
  const found = findSession(home, folder);
  if (why !== undefined || found === undefined) throw new Error(why);
  if (!(await removeSession(homePaths(home).sessions, found.entry, found.links)))
    throw new Error('its log has grown meanwhile');
}

/** How much would be deleted with a session's folder; no link is followed out of it. */
export function folderSize(dir: string): FolderSize {
  const size = { files: 0, bytes: 0 };
  const folders = [dir];
  for (let current = folders.pop(); current !== undefined && size.files < MAX_ENTRIES; current = folders.pop()) {
    for (const entry of readdirSync(current, { withFileTypes: true })) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else {
        size.files++;
        size.bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
      }
    }
  }
  return size;
}

function findSession(home: string, folder: string): { entry: SessionEntry; links: SessionLink[] } | undefined {
  const entry = listSessions(home).find(({ id }) => id === folder);
  if (entry === undefined) return undefined;
  return { entry, links: linksIn(homePaths(home).sessions).filter((link) => link.target === folder) };
}

/** The session.json of a session whose folder became a link: it is kept beside the link. */
function ownInfoOf(link: string): ReturnType<typeof readSessionInfo> {
  const backup = joinBackups(link).at(-1);
  return backup === undefined ? undefined : readSessionInfo(backup);
}
