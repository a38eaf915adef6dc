import { armFromState } from '#core/session/armed.ts';
import { consumeFlags, readFlags } from '#core/session/flags.ts';
import { watchLog } from '#core/session/watchLog.ts';
import { BEAT_MS, heartOf } from '#core/workers/heartbeat.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { monotonicMs } from '#core/base/clock.ts';
import { LeaseWatch } from '#core/session/leaseWatch.ts';
import { publishExpiries } from '#core/session/expiries.ts';
import { publish } from '#core/session/publish.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';

const POLL_MS = 1000;
/** The interval of the check for lost workers, which queries the system for every process. */
const LOST_CHECK_MS = 2000;

export interface WatchSessionOptions {
  log: SessionLog;
  worker: string;
  /** Called after every poll, with or without new lines. */
  onPoll: () => void;
  /** Called once when the worker is aborted. */
  onAbort: () => void;
  /** Called with an error of a poll; the next poll tries again. */
  onError: (error: unknown) => void;
}

/**
 * Watches the session while a worker runs: sees aborts (in the log or as a flag), arms lines that their writers did not
 * arm, and publishes lost workers and expiries, because no other process of Fermata may be running. Returns a function
 * that stops the watch.
 */
export function watchSession({ log, worker, onPoll, onAbort, onError }: WatchSessionOptions): () => void {
  let aborted = false;
  let lostCheckedMs = -Infinity;
  let beatMs = -Infinity;
  const heart = heartOf(log.dir, worker);
  const watch = new LeaseWatch();
  const poll = (): void => {
    try {
      const now = Date.now();
      if (monotonicMs() - beatMs >= BEAT_MS) {
        beatMs = monotonicMs();
        heart.touch(now);
      }
      const abortRequested = readFlags(log.dir).some(
        ({ flag }) => flag?.kind === 'abort' && (flag.worker ?? worker) === worker,
      );
      if (abortRequested) consumeFlags(log.dir, now);
      log.refresh();
      // at every poll: a hook that was killed while it disarmed may have left an active block without an entry
      armFromState(log.dir, log.state);
      publishExpiries(log, now, watch);
      if (monotonicMs() - lostCheckedMs >= LOST_CHECK_MS) {
        lostCheckedMs = monotonicMs();
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
  const unwatch = watchLog(log.dir, poll, POLL_MS);
  return () => {
    unwatch();
    heart.close();
  };
}

/** Whether the worker is aborted. If its session is, this publishes the abort of the worker, too. */
export function isAborted(log: SessionLog, worker: string, now: number): boolean {
  const { state } = log;
  const known = state.workers.get(worker);
  if (known?.abort !== undefined || known?.state === 'aborted') return true;
  if (state.aborted === undefined || known === undefined) return false;
  publish(log.dir, now, { t: 'abort', worker, by: state.aborted.by });
  log.refresh();
  return true;
}
