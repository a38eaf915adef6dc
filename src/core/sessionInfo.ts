import { lstatSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { sessionId } from '../protocol/ids.ts';
import { writeFileAtomic } from './atomicFile.ts';
import { homePaths, sessionPaths } from './paths.ts';
import { isAlive } from './processes.ts';

/** session.json: where a session belongs and which process is its Claude. Written by the hook, read by everybody. */
const sessionInfo = z.object({
  session: sessionId,
  project: z.string(),
  pid: z.optional(z.int()),
  startTime: z.optional(z.string()),
  host: z.optional(z.string()),
  started: z.number(),
  /** Of the log that flags and armed entries belong to. */
  nonce: z.optional(z.string()),
});

export type SessionInfo = z.output<typeof sessionInfo>;

/** Reads a session's session.json; undefined if there is none that can be understood. */
export function readSessionInfo(dir: string): SessionInfo | undefined {
  try {
    const parsed = sessionInfo.safeParse(JSON.parse(readFileSync(sessionPaths(dir).info, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function writeSessionInfo(dir: string, info: SessionInfo): void {
  writeFileAtomic(sessionPaths(dir).info, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
}

/** Whether the session's Claude is there; undefined where it cannot be known. */
export function isSessionLive(info: SessionInfo | undefined): boolean | undefined {
  return info?.pid === undefined ? undefined : isAlive(info.pid, info.startTime, info.host);
}

/** One session's folder with what its session.json says and when its log last grew (epoch ms). */
export interface SessionEntry {
  id: string;
  dir: string;
  info: SessionInfo | undefined;
  touchedMs: number;
}

/** All sessions under a home, newest log first. Folders that are links to another session are not sessions of their own. */
export function listSessions(home: string): SessionEntry[] {
  const root = homePaths(home).sessions;
  let names: string[];
  try {
    names = readdirSync(root);
  } catch {
    return [];
  }
  const found: SessionEntry[] = [];
  for (const id of names) {
    if (!sessionId.safeParse(id).success) continue;
    const dir = join(root, id);
    try {
      if (!lstatSync(dir).isDirectory()) continue;
      found.push({ id, dir, info: readSessionInfo(dir), touchedMs: statSync(sessionPaths(dir).log).mtimeMs });
    } catch {
      // gone meanwhile, or without a log yet
    }
  }
  return found.toSorted((a, b) => b.touchedMs - a.touchedMs);
}
