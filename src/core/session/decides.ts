import { DECIDES } from '#protocol/decides.ts';
import { isCopy, readSeat } from './seat.ts';

/**
 * Why nothing may be concluded here about locks, votes and checkpoints of a session, as a sentence: its seat is another machine,
 * where another version of Fermata decides about these in another way. Undefined where this machine may.
 */
export function decidesOtherwise(dir: string): string | undefined {
  const seat = isCopy(dir) ? readSeat(dir) : undefined;
  const atSeat = seat?.decides ?? DECIDES;
  if (seat === undefined || atSeat === DECIDES) return undefined;
  const older = atSeat > DECIDES ? seat.machine : seat.seat;
  return `${seat.seat} and ${seat.machine} decide about locks, votes and checkpoints in different ways, so nothing is concluded here: update Fermata on ${older}`;
}
