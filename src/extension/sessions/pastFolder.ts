import { statSync } from 'node:fs';
import { sessionPaths } from '#core/base/paths.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import { realPath } from './windowFolders.ts';

/** Where it cannot be known whether a session's Claude is there, one that was not written to for so long is over. */
const STALE_MS = 86_400_000;

/** A session that was over before this window looked. There may be hundreds, so nothing is known but what costs next to nothing. */
export interface PastFolder {
  /** Its folder's name, and its path. */
  folder: string;
  dir: string;
  /** Its project's folder, links resolved. */
  project: string;
  /** When its log last grew, epoch ms. */
  modifiedMs: number;
}

/**
 * A session's folder as one that is over; undefined for one whose Claude may be there, or which nothing is known of.
 * @param openedMs when this window began to look: what was written to since then is no past
 */
export function pastFolder(folder: string, dir: string, openedMs: number): PastFolder | undefined {
  const info = readSessionInfo(dir);
  const modifiedMs = statSync(sessionPaths(dir).log, { throwIfNoEntry: false })?.mtimeMs;
  if (info === undefined || modifiedMs === undefined || modifiedMs >= openedMs) return undefined;
  const ended = !(isSessionLive(info) ?? openedMs - modifiedMs < STALE_MS);
  return ended ? { folder, dir, project: realPath(info.project), modifiedMs } : undefined;
}
