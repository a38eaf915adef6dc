import { isAbsolute, relative, sep } from 'node:path';
import { isProcess } from '#core/base/ancestry.ts';
import { realPath } from '#core/base/files/facts.ts';
import { checkoutOf } from '#core/base/gitWorktrees.ts';
import { isSessionLive, listSessions, type SessionEntry } from '#core/session/info.ts';
import { openLog, type SessionLog } from '#core/session/sessionLog.ts';
import { claudesOf } from '#core/workers/lineage.ts';
import { claudeFromEnv } from '#cli/environment.ts';
import type { Io } from '#cli/verb.ts';
import type { HookRepository } from './hookRepository.ts';

/** Of a session whose Claude cannot be seen, as in a container, the log must have grown within this time. */
const UNSEEN_MS = 60 * 60_000;

/** The sessions at work in a repository, each with its log, folded to its end. */
export function sessionsAt(
  home: string,
  { root, common }: HookRepository,
  now: number,
): (SessionEntry & { log: SessionLog })[] {
  return listSessions(home).flatMap((entry) => {
    const live = isSessionLive(entry.info);
    if (entry.info === undefined || live === false) return [];
    if (live === undefined && now - entry.touchedMs > UNSEEN_MS) return [];
    const project = realPath(entry.info.project);
    const checkout = checkoutOf(project);
    const isHere = isInside(root, project) || (checkout !== undefined && realPath(checkout.common) === common);
    const log = openLog(entry.dir);
    // what it has heard of an agent in this checkout concerns it as well
    if (!isHere && ![...log.state.uncommitted.values()].some((each) => each.root === root)) return [];
    return log.readOnly || log.state.conductor.state === 'ended' ? [] : [{ ...entry, log }];
  });
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The ids of the sessions in which the caller runs: it descends from their Claude, or its environment names one that lives. */
export function ownSessions(io: Io, home: string): Set<string> {
  const line = io.ancestry() ?? [];
  const own = listSessions(home).filter(({ dir }) =>
    claudesOf(dir).some((claude) => line.some((ancestor) => isProcess(ancestor, claude))),
  );
  return new Set([...own.map(({ id }) => id), claudeFromEnv(io) ?? ''].filter(Boolean));
}
