import { waitFor } from '#core/session/watchLog.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { fermataHome } from '#core/base/paths.ts';
import { ensureBridgeFor } from '#core/machines/ensureBridge.ts';
import { monotonicMs } from '#core/base/clock.ts';
import { LeaseWatch } from '#core/session/leaseWatch.ts';
import { publishExpiries } from '#core/session/expiries.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { SessionState } from '#protocol/state.ts';
import { assertDecides } from './arrival.ts';
import { supervise } from './supervise.ts';
import { callerOf, insideClaude } from './caller.ts';
import { durationOption } from './args.ts';
import { EXIT, Failure } from './exit.ts';
import type { Call } from './verb.ts';

/** Claude's Bash tool ends a call after two minutes, so a wait inside it asks to be called again before that. */
const INSIDE_CLAUDE_TIMEOUT_MS = 100_000;
const LOST_CHECK_MS = 2000;

/** The time that a call may wait, in milliseconds: its option, else 100 s inside Claude, else undefined for no limit. */
export function waitTimeout(call: Call, option = 'timeout'): number | undefined {
  const timeoutMs = call.text(option) === '' ? undefined : durationOption(call, option);
  return timeoutMs ?? (insideClaude(call.io) ? INSIDE_CLAUDE_TIMEOUT_MS : undefined);
}

/**
 * Waits until `check` returns a value. While it waits, it publishes expiries and lost workers, because no other process
 * of Fermata may be running. Throws a failure when the time is over or the caller was aborted.
 */
export async function waitUntil<T>(
  call: Call,
  log: SessionLog,
  description: string | (() => string),
  check: (state: SessionState) => T | undefined,
  timeoutMs: number | undefined,
): Promise<T> {
  const caller = callerOf(call, log);
  const watch = new LeaseWatch();
  let lostCheckedMs = monotonicMs();
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
        publishExpiries(log, call.io.now(), watch, refresh);
        ensureBridgeFor(log.dir, fermataHome(call.io.env), call.io.env);
        if (monotonicMs() - lostCheckedMs < LOST_CHECK_MS) return;
        lostCheckedMs = monotonicMs();
        reportLost(log, call.io.now(), refresh);
        supervise(call, log, refresh);
      },
    },
  );
  if (found === undefined) {
    const hint = insideClaude(call.io) ? ', call again' : '';
    throw new Failure(
      EXIT.timedOut,
      `still waiting${hint}: ${typeof description === 'string' ? description : description()}`,
    );
  }
  if ('aborted' in found) throw new Failure(EXIT.aborted, `${caller} was aborted by ${found.aborted}`);
  // the seat may have been updated meanwhile
  assertDecides(log);
  return found.value;
}
