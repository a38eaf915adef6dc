import { armFromState } from '#core/session/armed.ts';
import { dueExpiries } from '#core/fold/expiries.ts';
import { consumeFlags, readFlags } from '#core/session/flags.ts';
import { watchLog } from '#core/session/watchLog.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { publish } from '#core/session/publish.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';

const POLL_MS = 1000;
/** Looking for lost workers asks the system about every process: not more often than this. */
const LOST_CHECK_MS = 2000;

export interface SessionWatch {
  log: SessionLog;
  worker: string;
  /** Called after every look, whether or not there was anything new. */
  onPoll: () => void;
  /** Called once, when somebody wants the worker to end. */
  onAbort: () => void;
  /** An error while looking: told, and tried again with the next look. */
  onError: (error: unknown) => void;
}

/**
 * What a runner does besides its own worker while that runs: it sees aborts (in the log or as a flag), arms lines that
 * their writers did not arm, and says what nobody else may be there to say: lost workers, times that ran out.
 * Returns how to stop.
 */
export function watchSession({ log, worker, onPoll, onAbort, onError }: SessionWatch): () => void {
  let aborted = false;
  let lostCheckedMs = 0;
  const expired = new Set<string>();
  const poll = (): void => {
    try {
      const now = Date.now();
      const abortRequested = readFlags(log.dir).some(
        ({ flag }) => flag?.kind === 'abort' && (flag.worker ?? worker) === worker,
      );
      if (abortRequested) consumeFlags(log.dir, now);
      log.refresh();
      // at every look: a hook that was killed while it disarmed may have left a standing block without an entry
      armFromState(log.dir, log.state);
      const due = dueExpiries(log.state, now).filter(({ what, ref, seen }) => {
        const name = `${String(what)} ${String(ref)} ${String(seen)}`;
        return !expired.has(name) && expired.add(name);
      });
      if (due.length > 0) publish(log.dir, now, ...due);
      if (now - lostCheckedMs >= LOST_CHECK_MS) {
        lostCheckedMs = now;
        reportLost(log, now);
      }
      if (!aborted && isAborted(log, worker, now)) {
        aborted = true;
        onAbort();
      }
      onPoll();
    } catch (error) {
      onError(error);
    }
  };
  poll();
  return watchLog(log.dir, poll, { pollMs: POLL_MS });
}

/** Whether the worker is to end. An aborted session takes its workers along: the log then says so of this one, too. */
export function isAborted(log: SessionLog, worker: string, now: number): boolean {
  const { state } = log;
  const known = state.workers.get(worker);
  if (known?.abort !== undefined || known?.state === 'aborted') return true;
  if (state.aborted === undefined || known === undefined) return false;
  publish(log.dir, now, { t: 'abort', worker, by: state.aborted.by });
  log.refresh();
  return true;
}
