import { decidesOtherwise } from '#core/session/decides.ts';
import { readSeat } from '#core/session/seat.ts';
import { settle } from '#core/session/settle.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { refused } from './exit.ts';

/** How long a verb waits that has published something and has to print what became of it. */
const ARRIVAL_MS = 5000;

/**
 * On a machine that has only a copy of the session: waits until what was published has come back, and counts. At the seat it
 * counts already.
 * @returns a sentence for the caller where it has not come back in that time; undefined where it counts
 */
export async function notArrived(log: SessionLog, ms: number | undefined = ARRIVAL_MS): Promise<string | undefined> {
  if (await settle(log, ms ?? Infinity)) return undefined;
  return `published; it counts once ${readSeat(log.dir)?.seat ?? 'the machine of the session'} has it`;
}

/**
 * Refuses what would conclude something about locks, votes or checkpoints on a machine where another version of Fermata decides
 * about them than at the seat. What such a machine publishes counts as ever.
 */
export function assertDecides({ dir }: Pick<SessionLog, 'dir'>): void {
  const why = decidesOtherwise(dir);
  if (why !== undefined) throw refused(why);
}
