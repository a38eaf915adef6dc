import type { Acquire, Ballot, Block, SessionState } from '#protocol/state.ts';
import type { NewEvent } from '#core/log/append.ts';
import { isDoubtful, isOver, isReported, mayBeOver, withReport, type Deadline } from './time.ts';

/** When a lease is over; undefined for what is held until it is given back. */
export const leaseEnd = ({ dueTs, ttlMs = 0, reports, host }: Acquire): Deadline | undefined =>
  dueTs === undefined ? undefined : { dueTs, spanMs: ttlMs, reports, host };

/** When an undecided ballot is closed. */
export const ballotEnd = ({ decided, deadlineTs, deadlineMs = 0, reports }: Ballot): Deadline | undefined =>
  decided !== undefined || deadlineTs === undefined ? undefined : { dueTs: deadlineTs, spanMs: deadlineMs, reports };

/** When a block is over; undefined for one that has no time. */
const blockEnd = ({ dueTs, spanMs = 0, reports }: Block): Deadline | undefined =>
  dueTs === undefined ? undefined : { dueTs, spanMs, reports };

/** Whether a block is over by a clock at `ts` that was set back since it began. What that clock shows is kept with the block. */
export function isBlockOverEarly(state: SessionState, block: Block, ts: number, host?: string): boolean {
  const end = blockEnd(block);
  if (end === undefined || isOver(state, end, ts, host)) return end !== undefined;
  const reports = withReport(end, ts, host);
  if (reports.length > 0) block.reports = reports;
  return false;
}

/**
 * The `expire` events of leases, ballots and blocks that are due at `now` (epoch ms) and not yet in the log, as a process on
 * `host` writes them. Pure.
 * @param isDrained of an outbox: whether all that was published there by now is in the state. Leases from an outbox are
 * left out where it is not, since their renewals may be on the way; by default they are none of the caller's.
 */
export function dueExpiries(
  state: SessionState,
  now: number,
  host: () => string = () => '',
  isDrained: (via: string) => boolean = () => false,
): NewEvent[] {
  const due: NewEvent[] = [];
  const isDue = (end: Deadline | undefined): boolean =>
    end !== undefined &&
    mayBeOver(end, now) &&
    (isReported(end, now, host()) ? isOver(state, end, now, host()) : isDoubtful(end, now, host()));
  const add = (what: string, ref: string, seen: number): void => {
    const from = host();
    due.push({ t: 'expire', what, ref, seen, ...(from !== '' && { host: from }) });
  };
  for (const lock of state.locks.values())
    for (const list of [lock.holders, lock.queue])
      for (const held of list)
        if (isDue(leaseEnd(held)) && (held.via === undefined || isDrained(held.via)))
          add('lock', held.id, held.renewedPos);
  for (const ballot of state.ballots.values()) if (isDue(ballotEnd(ballot))) add('ballot', ballot.name, ballot.pos);
  for (const block of state.blocks.values())
    if (block.ended === undefined && block.dueTs !== undefined && (now >= block.dueTs || isDue(blockEnd(block))))
      add('block', block.id, block.renewedPos);
  return due;
}
