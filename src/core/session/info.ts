import { lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import { isSessionId } from '#protocol/ids.ts';
import type { ClaudeOf, SessionInfo } from '#protocol/fileFormats.ts';
import { sessionInfoSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { lstatOf } from '#core/base/files/facts.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { readJson } from '#core/base/json.ts';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { isAlive } from '#core/base/processes.ts';

/** Reads a session's session.json; undefined where there is none, or none that names its session and project. */
export function readSessionInfo(dir: string): SessionInfo | undefined {
  const value = readJson(sessionPaths(dir).info);
  return value === undefined || dropInvalid(sessionInfoSchema, value) === undefined
    ? undefined
    : (value as SessionInfo);
}

export function writeSessionInfo(dir: string, info: SessionInfo): void {
  writeFileAtomic(sessionPaths(dir).info, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
}

const isClaudeAlive = ({ pid, startTime, host }: ClaudeOf): boolean | undefined =>
  pid === undefined ? undefined : isAlive(pid, startTime, host);

/** Whether a Claude of the session runs, in whichever terminal; undefined where it cannot be known. */
export function isSessionLive(info: SessionInfo | undefined): boolean | undefined {
  if (info === undefined) return undefined;
  const alive = [info, ...(info.alsoIn ?? [])].map(isClaudeAlive);
  return alive.includes(true) ? true : alive.includes(undefined) ? undefined : false;
}

/** The processes of a session that run, beside that of this pid. */
export const otherClaudes = (info: SessionInfo | undefined, pid: number): ClaudeOf[] =>
  info === undefined
    ? []
    : [info, ...(info.alsoIn ?? [])].filter((claude) => claude.pid !== pid && isClaudeAlive(claude) === true);

/** One session's folder, its session.json, and the time at which its log last grew (epoch ms). */
export interface SessionEntry {
  id: string;
  dir: string;
  info: SessionInfo | undefined;
  touchedMs: number;
}

/**
 * When the log of a session last grew (epoch ms); on a machine that has only a copy also when something was published here.
 * Throws the system's error where there is no log.
 */
export function grownMs(dir: string): number {
  const { log, copy } = sessionPaths(dir);
  return Math.max(statSync(log).mtimeMs, lstatOf(copy)?.mtimeMs ?? 0);
}

/** All sessions under a home, newest log first, without those that work in another one's folder. */
export function listSessions(home: string): SessionEntry[] {
  const root = homePaths(home).sessions;
  return sortByAge(namesIn(root).flatMap((name) => readSessionEntry(root, name) ?? []));
}

export function sortByAge(entries: readonly SessionEntry[]): SessionEntry[] {
  return entries.toSorted((a, b) => b.touchedMs - a.touchedMs);
}

/** One name in the folder of sessions; undefined where it is no folder, and where there is no session with a log. */
export function readSessionEntry(root: string, id: string): SessionEntry | undefined {
  const dir = join(root, id);
  try {
    if (!isSessionId(id) || !lstatSync(dir).isDirectory()) return undefined;
    return { id, dir, info: readSessionInfo(dir), touchedMs: grownMs(dir) };
  } catch {
    return undefined; // removed just now, or without a log yet
  }
}
