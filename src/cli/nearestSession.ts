import { sep } from 'node:path';
import { isAncestor } from '#core/base/processes.ts';
import { resolvedPath } from '#core/base/realPath.ts';
import { isSessionLive, listSessions, type SessionEntry } from '#core/session/info.ts';

/** Whether a path lies in a project's folder, links resolved. */
export function isWithin(project: string, path: string): boolean {
  const [folder, inner] = [project, path].map((p) => resolvedPath(p, '/') ?? p) as [string, string];
  return inner === folder || inner.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

interface NearestSessions {
  sessions: SessionEntry[];
  ended: number;
  nearestEnded: SessionEntry | undefined;
}

/**
 * The sessions of a folder, the one to speak to first: a live one before one of which that is not known, then the one
 * whose project is the nearest, then the one whose Claude runs this process, then the one that was active last. Ended
 * ones are counted, and only the first of them is returned, apart.
 */
export function nearestSessions(home: string, cwd: string): NearestSessions {
  const ofFolder = listSessions(home).flatMap((entry) => {
    const { info } = entry;
    if (info === undefined || !isWithin(info.project, cwd)) return [];
    const isOwn = [info, ...(info.alsoIn ?? [])].some(({ pid }) => pid !== undefined && isAncestor(pid, process.pid));
    const depth = (resolvedPath(info.project, '/') ?? info.project).length;
    return [{ entry, live: isSessionLive(info), depth, isOwn }];
  });
  const sorted = ofFolder.toSorted(
    (a, b) => Number(b.live ?? 0) - Number(a.live ?? 0) || b.depth - a.depth || Number(b.isOwn) - Number(a.isOwn),
  );
  const sessions = sorted.flatMap(({ entry, live }) => (live === false ? [] : [entry]));
  const ended = sorted.flatMap(({ entry, live }) => (live === false ? [entry] : []));
  return { sessions, ended: ended.length, nearestEnded: ended[0] };
}
