import { monotonicMs } from '#core/base/clock.ts';
import { sleepSync } from '#core/base/sleep.ts';
import { statOf } from '#core/base/files/facts.ts';
import { readEnd } from '#core/base/files/readEnd.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { isCopy, readSeat, viaOfOutbox } from './seat.ts';
import type { SessionLog } from './sessionLog.ts';
import { waitFor } from './watchLog.ts';

/** A longer line is none. */
const MAX_TAIL_BYTES = 256 * 1024;

/**
 * Waits until what was published on this machine by now has come back in the copy of the log: it counts then. At the seat
 * that is at once.
 * @param ms how long at most
 * @returns whether it has. Without that it counts once the seat has it, which may be at any time.
 */
export async function settle(log: SessionLog, ms: number): Promise<boolean> {
  if (!isCopy(log.dir)) return true;
  const end = outboxEnd(log.dir);
  const hasArrived = (): true | undefined => (arrivedEnd(log) >= end ? true : undefined);
  return (await waitFor(log, hasArrived, { timeoutMs: ms })) === true;
}

const POLL_MS = 5;

/** The same for a hook, which has nothing else to do meanwhile. */
export function settleNow(log: SessionLog, ms: number): boolean {
  if (!isCopy(log.dir)) return true;
  const end = outboxEnd(log.dir);
  const until = monotonicMs() + ms;
  while (arrivedEnd(log) < end) {
    if (monotonicMs() >= until) return false;
    sleepSync(POLL_MS);
    log.refresh();
  }
  return true;
}

/** Up to which offset of this machine's outbox the copy has its lines. */
export function arrivedEnd({ dir, state }: SessionLog): number {
  const seat = readSeat(dir);
  const via = seat && viaOfOutbox(seat);
  return via === undefined ? 0 : (seat?.base ?? 0) + (state.machines.get(via) ?? 0);
}

/** Where the last whole line of the outbox ends: what follows it, a blank or a line without its end, is not taken. */
export function outboxEnd(dir: string): number {
  const { log } = sessionPaths(dir);
  const size = statOf(log)?.size ?? 0;
  const tail = readEnd(log, MAX_TAIL_BYTES);
  const whole = tail.slice(0, tail.lastIndexOf('\n') + 1);
  const filled = whole.replace(/\n+$/, '');
  const blanks = whole.length - filled.length - (filled === '' ? 0 : 1);
  return size - Buffer.byteLength(tail.slice(whole.length)) - blanks;
}
