import { isActive } from '#core/fold/queries.ts';
import { livesInClaude, SESSION } from '#core/fold/kinds.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSessionLive, listSessions, type SessionEntry } from '#core/session/info.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { hasApprovals } from '#core/plans/rules/approval.ts';
import { isFailClosed } from '#core/install/entries.ts';
import { projectName, shortName } from '#core/projection/names.ts';
import type { SessionState, Worker } from '#protocol/state.ts';

/**
 * What in a home the removal of hooks would lift at `now` (epoch ms), as the end of a sentence: `the block "wait" stands in demo`.
 * Undefined where nothing stands. A session that may be live counts, and one whose log cannot be read may have a block.
 */
export function whatStands(home: string, now: number): string | undefined {
  if (isFailClosed(home)) return 'calls are refused where Fermata fails (the setting fermata.failClosed)';
  if (hasApprovals(home)) return 'rules of a project are approved (fermata allow --revoke takes that back)';
  for (const session of listSessions(home)) {
    if (isSessionLive(session.info) === false) continue;
    const what = standingIn(session, now);
    if (what !== undefined) return `${what} in ${projectName(session.info?.project) ?? 'a session'}`;
  }
  return undefined;
}

function standingIn({ dir }: SessionEntry, now: number): string | undefined {
  const log = new SessionLog(dir);
  try {
    log.refresh();
  } catch {
    return 'a log cannot be read';
  }
  return log.readOnly ? 'a newer Fermata records a session' : standingBy(log.state, now);
}

function standingBy({ blocks, locks, workers, runs }: SessionState, now: number): string | undefined {
  const block = [...blocks.values()].find((each) => isActive(each, now));
  if (block !== undefined) return `the block "${shortName(block.text)}" stands`;
  const lock = [...locks.values()].find(({ holders }) => holders.some(({ mode }) => mode === 'exclusive'));
  if (lock !== undefined) return `${shortName(lock.resource)} is locked`;
  const worker = [...workers.values()].find((each) => isProcess(each) && !hasEnded(each));
  if (worker !== undefined) return `${shortName(worker.task ?? worker.id)} has not ended`;
  return [...runs.values()].some(({ asks }) => asks !== undefined) ? 'workers wait for consent' : undefined;
}

/** Whether a worker is a process, or will be one. Subagents end with Claude, and nothing reports the end of a mere name. */
const isProcess = (worker: Worker): boolean =>
  !livesInClaude(worker) && (worker.run !== undefined || worker.pid !== undefined || worker.kind === SESSION);
