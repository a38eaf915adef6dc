import { basename, sep } from 'node:path';
import { realPath, statOf } from '#core/base/files/facts.ts';
import { recentTranscripts } from '#core/claude/processes.ts';
import { listSessions } from '#core/session/info.ts';
import type { RecordedSession } from './sessionTrial.ts';

/** The recorded sessions of a project, or of all: those with a log, and those that Claude Code alone has a transcript of. */
export interface HistoryRequest {
  home: string;
  /** Claude Code's folder. */
  config: string;
  /** Sessions of this folder and of those in it; without one of every folder. */
  project?: string | undefined;
  /** So many of the newest. */
  last: number;
}

/** The newest recorded sessions, the newest first. */
export function recordedSessions({ home, config, project, last }: HistoryRequest): RecordedSession[] {
  const logged = listSessions(home);
  const ids = new Set(logged.map(({ id }) => id));
  const logs: (RecordedSession & { touchedMs: number })[] = logged
    .filter(({ info }) => project === undefined || (info !== undefined && isIn(info.project, project)))
    .map(({ id, dir, touchedMs }) => ({ id, dir, touchedMs }));
  const transcripts = recentTranscripts(config, [project ?? ''], 0).flatMap((path): typeof logs => {
    const id = basename(path, '.jsonl');
    return ids.has(id) ? [] : [{ id, transcript: path, touchedMs: statOf(path)?.mtimeMs ?? 0 }];
  });
  return [...logs, ...transcripts]
    .toSorted((a, b) => b.touchedMs - a.touchedMs)
    .slice(0, last)
    .map(({ id, dir, transcript }) => ({ id, dir, transcript }));
}

/** Whether a folder is another one or in it. */
export function isIn(folder: string, other: string): boolean {
  const [inner, outer] = [realPath(folder), realPath(other)];
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
}
