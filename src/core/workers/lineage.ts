import { isAbsolute } from 'node:path';
import { isWorkerId } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { isProcess, type KnownProcess, type ProcessEntry } from '#core/base/ancestry.ts';
import { resolveSessionDir } from '#core/session/folder.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import { runnerPid } from './claim.ts';

/** The end of a runner's command line (see src/runner/main.ts). */
const RUNNER = /[\\/]runner\.cjs (.+) ([A-Za-z0-9_.-]{1,64})$/;

/** The worker that a process runs, with its session's folder, if the process is a runner and holds the claim. */
export function workerRunBy({ pid, command }: ProcessEntry): { dir: string; worker: string } | undefined {
  const [, dir = '', worker = ''] = RUNNER.exec(command) ?? [];
  if (!isAbsolute(dir) || !isWorkerId(worker)) return undefined;
  return runnerPid(dir, worker) === pid ? { dir, worker } : undefined;
}

/** The worker of which a process is the one that the log names. */
export function workerWithProcess({ workers }: SessionState, ancestor: ProcessEntry): string | undefined {
  for (const worker of workers.values())
    if (worker.pid === ancestor.pid && isProcess(ancestor, worker)) return worker.id;
  return undefined;
}

/** The processes that a session has recorded as its Claude: usually one. */
export function claudesOf(dir: string): KnownProcess[] {
  const info = readSessionInfo(dir);
  return info === undefined ? [] : [info, ...(info.alsoIn ?? [])];
}

/**
 * Whether a process descends from a session: from its Claude, or from one of its workers or their runners. Undefined
 * where that cannot be seen: the system does not show parents, or the session is of another machine or container.
 */
export function descendsFrom(
  { dir, state }: { dir: string; state: SessionState },
  ancestry: readonly ProcessEntry[] | undefined,
): boolean | undefined {
  if (isSessionLive(readSessionInfo(dir)) === undefined) return undefined;
  const claudes = claudesOf(dir);
  return ancestry?.some(
    (ancestor) =>
      claudes.some((claude) => isProcess(ancestor, claude)) ||
      workerWithProcess(state, ancestor) !== undefined ||
      resolveSessionDir(workerRunBy(ancestor)?.dir ?? '') === resolveSessionDir(dir),
  );
}
