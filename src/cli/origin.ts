import { existsSync } from 'node:fs';
import { CONDUCTOR, USER, isSessionId } from '#protocol/ids.ts';
import { isProcess, type KnownProcess, type ProcessEntry } from '#core/base/ancestry.ts';
import { fermataHome, sessionDir } from '#core/base/paths.ts';
import { claudeConfigDir, claudeProcessOf } from '#core/claude/processes.ts';
import { resolveSessionDir } from '#core/session/folder.ts';
import { listSessions } from '#core/session/info.ts';
import { roleOf, workerName } from '#core/session/role.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { claudesOf, workerRunBy, workerWithProcess } from '#core/workers/lineage.ts';
import { claudeFromEnv, workerFromEnv } from './environment.ts';
import type { Io } from './verb.ts';

/** Whose process makes a call: the nearest Claude, worker or runner above it decides, and the environment where there is none. */
export interface Origin {
  kind: 'person' | 'claude' | 'worker';
  /** Its name in the session that the call concerns; undefined for a worker of another session. */
  name?: string | undefined;
  /** Claude makes the call: itself, or as a worker that is a Claude Code session. */
  throughClaude: boolean;
}

const PERSON: Origin = { kind: 'person', name: USER, throughClaude: false };

/** Without `log` the call concerns no session, and every session of the home is looked at. */
export function originOf(io: Io, log?: SessionLog): Origin {
  const line = io.ancestry() ?? [];
  const dirs = log === undefined ? listSessions(fermataHome(io.env)).map(({ dir }) => dir) : [log.dir];
  const claudes = dirs.flatMap(claudesOf);
  const origins = line.flatMap((ancestor) => originByAncestor(io, ancestor, claudes, log) ?? []);
  const [nearest] = origins;
  if (nearest === undefined) return originByEnv(io, log);
  return { ...nearest, throughClaude: origins.some(({ kind }) => kind === 'claude') };
}

function originByAncestor(
  io: Io,
  ancestor: ProcessEntry,
  claudes: readonly KnownProcess[],
  log?: SessionLog,
): Origin | undefined {
  const worker = log && workerWithProcess(log.state, ancestor);
  const isClaude = claudes.some((claude) => isProcess(ancestor, claude));
  // of two sessions that one Claude has had in turn, the environment tells the present one
  const present = worker !== undefined && isClaude ? claudeFromEnv(io) : undefined;
  if (present !== undefined) return claudeOrigin(io, present, log);
  if (worker !== undefined) return { kind: 'worker', name: worker, throughClaude: false };
  const run = workerRunBy(ancestor);
  if (run !== undefined)
    return { kind: 'worker', name: isSameSession(run.dir, log) ? run.worker : undefined, throughClaude: false };
  if (isClaude) return { kind: 'claude', name: CONDUCTOR, throughClaude: true };
  const claude = claudeProcessOf(claudeConfigDir(io.env), ancestor.pid);
  return claude && claudeOrigin(io, claude.session, log);
}

/**
 * A process that has left the line of its ancestors still has their environment. Inside Claude, FERMATA_WORKER may have been
 * set by the very call: which session Claude Code is says more.
 */
function originByEnv(io: Io, log?: SessionLog): Origin {
  const claude = claudeFromEnv(io);
  if (claude !== undefined) return claudeOrigin(io, claude, log);
  const worker = workerFromEnv(io);
  // a program of the person may use any name
  if (worker === undefined || worker === USER || worker === CONDUCTOR) return PERSON;
  return { kind: 'worker', name: worker, throughClaude: false };
}

function claudeOrigin(io: Io, session: string, log?: SessionLog): Origin {
  const name = nameOfClaude(io, session, log);
  return { kind: name === CONDUCTOR ? 'claude' : 'worker', name, throughClaude: true };
}

const isSameSession = (dir: string, log: SessionLog | undefined): boolean =>
  log !== undefined && resolveSessionDir(dir) === resolveSessionDir(log.dir);

/** `conductor`, or the worker's name of a Claude Code session that works for another one. */
function nameOfClaude(io: Io, id: string, log?: SessionLog): string {
  if (log === undefined || !isSessionId(id)) return CONDUCTOR;
  const own = resolveSessionDir(sessionDir(fermataHome(io.env), id));
  if (!existsSync(own)) return CONDUCTOR;
  return isSameSession(own, log) ? roleOf(log.state, id, io.env) : workerName({}, id);
}
