import type { SessionState } from '#protocol/state.ts';
import type { NewEvent } from '#core/log/append.ts';

/** The `expire` events of leases, ballots and blocks that are due at `now` (epoch ms) and not yet in the log. Pure. */
export function dueExpiries(state: SessionState, now: number): NewEvent[] {
  const due: NewEvent[] = [];
  for (const lock of state.locks.values())
    for (const held of [...lock.holders, ...lock.queue])
      if (held.dueTs !== undefined && now >= held.dueTs)
        due.push({ t: 'expire', what: 'lock', ref: held.id, seen: held.renewedPos });
  for (const ballot of state.ballots.values())
    if (ballot.deadlineTs !== undefined && ballot.decided === undefined && now >= ballot.deadlineTs)
      due.push({ t: 'expire', what: 'ballot', ref: ballot.name, seen: ballot.pos });
  for (const block of state.blocks.values())
    if (block.ended === undefined && block.dueTs !== undefined && now >= block.dueTs)
      due.push({ t: 'expire', what: 'block', ref: block.id, seen: block.renewedPos });
  return due;
}
