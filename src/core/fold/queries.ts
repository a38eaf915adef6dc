import { USER } from '#protocol/ids.ts';
import { LOG_FORMAT } from '#protocol/parseEvent.ts';
import type { Block, SessionState, Worker } from '#protocol/state.ts';
import { hasEnded } from './conditions.ts';
import { isSubagent, SESSION } from './kinds.ts';
import { MAX_SHIFT_MS } from './time.ts';

/** Whether hooks fire for a worker, so that they can deliver notes to it. */
export const hasHooks = (worker: Worker | undefined): boolean =>
  worker !== undefined && (isSubagent(worker) || worker.kind === SESSION) && !hasEnded(worker);

/**
 * Whether a worker is known by its name alone, from what it has published: it was neither planned nor spawned, so nothing
 * reports its end. It is there until the session ends.
 */
export const isNameOnly = ({ spawned, run }: Worker): boolean => spawned !== true && run === undefined;

/** Why a session or a subagent ended whose Claude Code process is gone, which no hook has reported. */
export const ENDED_SILENTLY = 'Claude Code ended without a word about it';

/** Whether a block ends by time. */
export const isTimed = ({ dueTs, ttlMs }: Block): boolean => dueTs !== undefined || ttlMs !== undefined;

/** Whether a block without a condition ends when its worker ends well. One at Stop needs an answer. */
export const endsWithWorker = (block: Block): boolean =>
  (block.cause.kind === 'hook' || block.cause.kind === 'guard') && (block.event !== 'Stop' || isTimed(block));

/**
 * Whether a block is active at `now` (epoch ms): neither ended nor open, nor past its time, which may not be logged yet. One that
 * was reported to be over, by a clock that was ahead, is active until its time is over here.
 */
export const isActive = (block: Block, now: number): boolean =>
  block.ended === undefined
    ? block.open === undefined && (block.dueTs === undefined || now < block.dueTs)
    : isExpiredEarly(block, now);

/** Whether the time of a block was reported to be over long before it is. */
export const isExpiredEarly = ({ ended, dueTs }: Block, now: number): boolean =>
  ended?.how === 'expired' && dueTs !== undefined && now + MAX_SHIFT_MS < dueTs;

/** Whether the person has set a block: unless `hold.seconds` is 0, hooks hold its calls as long as they can. */
export const isOfPerson = (block: Block): boolean => block.worker === USER;

/** The key of the block that a pause is, or the beginning of one that is of one agent: a second pause is the same block. */
export const PAUSE_KEY = 'pause';

/** Whether a block is the person's pause: hooks hold its calls as long as they can, whatever `hold.seconds` is. */
export const isPause = (block: Block): boolean => isOfPerson(block) && /^pause\b/.test(block.key ?? '');

/** Whether a newer Fermata records a session: the meaning of its lines is unknown here. */
export const isOfNewerFormat = ({ format = LOG_FORMAT }: SessionState): boolean => format > LOG_FORMAT;

/**
 * Why a session is read-only: a newer Fermata records it, and the meaning of its lines is unknown here. The caller adds
 * what the person can do. Undefined for a log of a known format.
 */
export function newerFormatReason(state: SessionState): string | undefined {
  return isOfNewerFormat(state)
    ? `This session was recorded by a newer Fermata (format ${state.format}); it is shown, not changed.`
    : undefined;
}
