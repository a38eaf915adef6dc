import { resolve } from 'node:path';
import { hasEnded } from '#core/fold/conditions.ts';
import { roomName } from '#core/fold/rooms.ts';
import { projectOf } from '#core/session/project.ts';
import { isCopy } from '#core/session/seat.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { placementOf } from '#core/workers/placement.ts';
import { isWithin } from './nearestSession.ts';
import type { Io } from './verb.ts';

/**
 * The session's project as this machine has it. Elsewhere than at the seat, and in a room, that is the folder of the nearest worker or joined
 * Claude of this machine in whose folder the command runs, else the folder itself: there a relative path means the same file
 * of the checkout as it does at the seat.
 */
export function checkoutOf({ cwd }: Io, log: SessionLog): string | undefined {
  if (!isCopy(log.dir) && roomName(log.state.session.id) === undefined) return projectOf(log);
  const place = placementOf(log.dir);
  const folders = [...log.state.workers.values()].flatMap((worker) =>
    worker.cwd !== undefined && !hasEnded(worker) && place.isHere(worker) && isWithin(worker.cwd, cwd)
      ? [worker.cwd]
      : [],
  );
  return folders.toSorted((a, b) => b.length - a.length)[0] ?? resolve(cwd);
}
