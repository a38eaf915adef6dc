import { setTimeout as delay } from 'node:timers/promises';
import type { SessionState } from '#protocol/state.ts';
import { monotonicMs } from '#core/base/clock.ts';
import { readTextIfAny } from '#core/base/files/readFile.ts';
import { whereIs } from '#core/base/machine.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { hasPid } from '#core/base/psTable.ts';
import { readSessionInfo } from './info.ts';
import { modWakes } from './modSign.ts';

/**
 * Whether something stands by at `now` (epoch ms) that wakes an idle session: its waiter (hooks/wake.sh), or the plugin in
 * Claude Code. The waiter of a session that runs in another container is believed by its file.
 */
function isWakeable(dir: string, now: number): boolean {
  const [, holder] = /^(\d{1,10}) \d/.exec(readTextIfAny(sessionPaths(dir).waiter, 100) ?? '') ?? [];
  const host = readSessionInfo(dir)?.host;
  const isHere = host === undefined || whereIs(host) !== 'elsewhere';
  return (holder !== undefined && (!isHere || hasPid(Number(holder)))) || modWakes(dir, now);
}

/** A waiter needs a moment to begin, at the start of a session and at the end of a turn. */
const BEGIN_MS = 1000;

/** A session's log that is read on. */
interface ReadLog {
  readonly dir: string;
  readonly state: SessionState;
  refresh: () => unknown;
}

/** Whether Claude is idle and nothing wakes it, so that it reads a message at its next call or prompt. Takes a second to find that. */
export async function isAsleep(log: ReadLog, now: () => number = Date.now): Promise<boolean> {
  const deadline = monotonicMs() + BEGIN_MS;
  while (log.state.conductor.state === 'idle' && !isWakeable(log.dir, now())) {
    if (monotonicMs() >= deadline) return true;
    await delay(100);
    log.refresh();
  }
  return false;
}
