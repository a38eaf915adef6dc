import { monotonicMs } from '#core/base/clock.ts';
import { isIn } from './history.ts';
import type { TriedPolicy } from './policy.ts';
import {
  trySession,
  type RecordedSession,
  type SkippedSession,
  type BacktestContext,
  type TriedSession,
} from './sessionTrial.ts';

/** A history may take no longer, in milliseconds: what is left then is named. */
const MAX_MS = 120_000;

export interface HistoryResult {
  tried: TriedSession[];
  skipped: SkippedSession[];
}

/**
 * Tries a policy on recorded sessions, one after the other. Reads only.
 * @param project without it sessions of every folder count; the name of a transcript's folder is no more than a hint
 */
export function tryAll(
  sessions: readonly RecordedSession[],
  policy: TriedPolicy,
  context: BacktestContext,
  project?: string,
): HistoryResult {
  const result: HistoryResult = { tried: [], skipped: [] };
  const endMs = monotonicMs() + MAX_MS;
  for (const session of sessions) {
    if (monotonicMs() > endMs) {
      result.skipped.push({ id: session.id, skipped: `all together took longer than ${MAX_MS / 1000} s` });
      continue;
    }
    const one = trySession(session, policy, context);
    if ('skipped' in one) result.skipped.push(one);
    else if (project === undefined || one.project === undefined || isIn(one.project, project)) result.tried.push(one);
  }
  return result;
}
