import { USER } from '#protocol/ids.ts';
import { LOG_FORMAT } from '#protocol/parseEvent.ts';
import type { Block, SessionState, Worker } from '#protocol/state.ts';
import { hasEnded } from './conditions.ts';
import { MAX_SHIFT_MS } from './time.ts';

/** The kind of a worker that is a subagent of the Conductor: it has no process of its own. */
export const SUBAGENT = 'subagent';
/** The kind of a worker that is a Claude Code session of its own, whose hooks write to this log. */
export const SESSION = 'session';

export const isSubagent = (worker: Worker | undefined): boolean => worker?.kind === SUBAGENT;

/** Whether hooks fire for a worker, so that they can deliver notes to it. */
export const hasHooks = (worker: Worker | undefined): boolean =>
  worker !== undefined && (worker.kind === SUBAGENT || worker.kind === SESSION) && !hasEnded(worker);

/** Whether a block ends by time. */
export const isTimed = ({ dueTs, ttlMs }: Block): boolean => dueTs !== undefined || ttlMs !== undefined;

/**
 * Whether a block is active at `now` (epoch ms): neither ended, nor past its time, which may not be logged yet. One that
 * was reported to be over, by a clock that was ahead, is active until its time is over here.
 */
export const isActive = (block: Block, now: number): boolean =>
  block.ended === undefined ? block.dueTs === undefined || now < block.dueTs : isExpiredEarly(block, now);

/** Whether the time of a block was reported to be over long before it is. */
export const isExpiredEarly = ({ ended, dueTs }: Block, now: number): boolean =>
  ended?.how === 'expired' && dueTs !== undefined && now + MAX_SHIFT_MS < dueTs;

/** Whether a block is the person's pause: hooks hold its calls as long as they can, without regard to `hold.seconds`. */
export const isPause = (block: Block): boolean => block.worker === USER && block.key === 'pause';

/**
 * Why a session is read-only: a newer Fermata records it, and the meaning of its lines is unknown here. The caller adds
 * what the person can do. Undefined for a log of a known format.
 */
export function newerFormatReason({ format = LOG_FORMAT }: SessionState): string | undefined {
  return format > LOG_FORMAT
    ? `This session was recorded by a newer Fermata (format ${format}); it is shown, not changed.`
    : undefined;
}
