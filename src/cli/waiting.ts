import { dueExpiries } from '../core/log/expiries.ts';
import { until } from '../core/log/follow.ts';
import { reportLost } from '../core/workers/lostWorkers.ts';
import { say } from '../core/log/say.ts';
import type { SessionLog } from '../core/log/sessionLog.ts';
import type { SessionState } from '../protocol/state.ts';
import { tend } from './tending.ts';
import { callerOf, insideClaude } from './caller.ts';
import { durationMs } from './duration.ts';
import { EXIT, Failure } from './exit.ts';
import type { Call } from './verb.ts';

/** Claude's Bash gives a call two minutes: a wait inside it says "call again" before that. */
const INSIDE_CLAUDE_MS = 100_000;
const LOST_MS = 2000;

/** How long a call may wait: its option, else 100 s inside Claude, else without end. */
export function patience(call: Call, option = 'timeout'): number | undefined {
  const given = call.text(option);
  if (given !== undefined && given !== '') return durationMs(given, option);
  return insideClaude(call.io) ? INSIDE_CLAUDE_MS : undefined;
}

/**
 * Waits until `check` returns something, for as long as the call may. Meanwhile it says what has run out and who is
 * lost, since nobody else may be there. Throws a failure when time is up or the caller itself was aborted.
 */
export async function waitUntil<T>(
  call: Call,
  log: SessionLog,
  what: string,
  check: (state: SessionState) => T | undefined,
  timeoutMs: number | undefined,
): Promise<T> {
  const caller = callerOf(call);
  const expired = new Set<string>();
  let lookedForLost = call.io.now();
  const found = await until<{ value: T } | { aborted: string }>(
    log,
    (state) => {
      const value = check(state);
      if (value !== undefined) return { value };
      const by = state.workers.get(caller)?.abort?.by;
      return by === undefined ? undefined : { aborted: by };
    },
    {
      timeoutMs,
      onLook: (refresh) => {
        expire(log, call.io.now(), expired);
        if (call.io.now() - lookedForLost < LOST_MS) return;
        lookedForLost = call.io.now();
        reportLost(log, lookedForLost, refresh);
        tend(call, log, refresh);
      },
    },
  );
  if (found === undefined) {
    const again = insideClaude(call.io) ? ', call again' : '';
    throw new Failure(EXIT.timedOut, `still waiting${again}: ${what}`);
  }
  if ('aborted' in found) throw new Failure(EXIT.aborted, `${caller} was aborted by ${found.aborted}`);
  return found.value;
}

/** Says what has run out, each thing once for each caller; in a log of a newer format it only looks on. */
export function expire(log: SessionLog, now: number, said = new Set<string>()): void {
  if (log.readOnly) return;
  const due = dueExpiries(log.state, now).filter(({ what, ref, seen }) => {
    const name = `${String(what)} ${String(ref)} ${String(seen)}`;
    return !said.has(name) && said.add(name);
  });
  if (due.length > 0) say(log.dir, now, ...due);
}
