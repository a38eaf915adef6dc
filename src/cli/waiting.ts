import { dueExpiries } from '#core/fold/expiries.ts';
import { waitFor } from '#core/session/watchLog.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { publish } from '#core/session/publish.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { SessionState } from '#protocol/state.ts';
import { supervise } from './supervise.ts';
import { callerOf, insideClaude } from './caller.ts';
import { durationMs } from './duration.ts';
import { EXIT, Failure } from './exit.ts';
import type { Call } from './verb.ts';

/** Claude's Bash gives a call two minutes: a wait inside it says "call again" before that. */
const INSIDE_CLAUDE_TIMEOUT_MS = 100_000;
const LOST_CHECK_MS = 2000;

/** How long a call may wait: its option, else 100 s inside Claude, else without end. */
export function waitTimeout(call: Call, option = 'timeout'): number | undefined {
  const value = call.text(option);
  if (value !== undefined && value !== '') return durationMs(value, option);
  return insideClaude(call.io) ? INSIDE_CLAUDE_TIMEOUT_MS : undefined;
}

/**
 * Waits until `check` returns something, for as long as the call may. Meanwhile it says what has run out and who is
 * lost, since nobody else may be there. Throws a failure when time is up or the caller itself was aborted.
 */
export async function waitUntil<T>(
  call: Call,
  log: SessionLog,
  description: string,
  check: (state: SessionState) => T | undefined,
  timeoutMs: number | undefined,
): Promise<T> {
  const caller = callerOf(call);
  const expired = new Set<string>();
  let lostCheckedMs = call.io.now();
  const found = await waitFor<{ value: T } | { aborted: string }>(
    log,
    (state) => {
      const value = check(state);
      if (value !== undefined) return { value };
      const by = state.workers.get(caller)?.abort?.by;
      return by === undefined ? undefined : { aborted: by };
    },
    {
      timeoutMs,
      onPoll: (refresh) => {
        publishExpiries(log, call.io.now(), expired);
        if (call.io.now() - lostCheckedMs < LOST_CHECK_MS) return;
        lostCheckedMs = call.io.now();
        reportLost(log, lostCheckedMs, refresh);
        supervise(call, log, refresh);
      },
    },
  );
  if (found === undefined) {
    const hint = insideClaude(call.io) ? ', call again' : '';
    throw new Failure(EXIT.timedOut, `still waiting${hint}: ${description}`);
  }
  if ('aborted' in found) throw new Failure(EXIT.aborted, `${caller} was aborted by ${found.aborted}`);
  return found.value;
}

/** Says what has run out, each thing once for each caller; in a log of a newer format it only looks on. */
export function publishExpiries(log: SessionLog, now: number, published = new Set<string>()): void {
  if (log.readOnly) return;
  const due = dueExpiries(log.state, now).filter(({ what, ref, seen }) => {
    const name = `${String(what)} ${String(ref)} ${String(seen)}`;
    return !published.has(name) && published.add(name);
  });
  if (due.length > 0) publish(log.dir, now, ...due);
}
