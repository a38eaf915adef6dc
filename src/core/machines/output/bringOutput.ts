import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutputStream } from '#protocol/fileFormats.ts';
import { statOf } from '#core/base/files/facts.ts';
import { workerPaths } from '#core/base/paths.ts';
import { isCopy, readSeat } from '#core/session/seat.ts';
import { ensureBridgeFor } from '#core/machines/ensureBridge.ts';
import { fetchedOutput, lookAtOutput, NO_GENERATION } from './outputLook.ts';

const POLL_MS = 50;

/** Whether the output of a worker has to be brought here: its machine is another one, and this is the seat. */
export function isBrought(dir: string, { machine }: { machine?: string | undefined }): boolean {
  // until it has started there the session may not be shared yet
  return machine !== undefined && !isCopy(dir) && readSeat(dir)?.machine !== machine;
}

/** Whether the seat has all of a stream that its machine had at some time since `sinceMs`. */
export function isAllHere(dir: string, worker: string, stream: OutputStream, sinceMs: number): boolean {
  const fetched = fetchedOutput(dir, worker)[stream];
  if (fetched === undefined || fetched.part === true || fetched.gen === NO_GENERATION) return false;
  if (fetched.final === true) return true;
  return fetched.ts >= sinceMs && (statOf(workerPaths(dir, worker)[stream])?.size ?? 0) >= fetched.size;
}

/**
 * Has the output of a worker on another machine brought here for `lookMs`, and waits until all is here that was printed so far, at
 * most `waitMs`; whether it is. Throws the system's error.
 */
export async function bringOutput(
  dir: string,
  worker: string,
  { lookMs, waitMs }: { lookMs: number; waitMs: number },
): Promise<boolean> {
  const startMs = Date.now();
  lookAtOutput(dir, worker, startMs + lookMs);
  for (;;) {
    ensureBridgeFor(dir, dirname(dirname(dir)), process.env);
    if ((['stdout', 'stderr'] as const).every((stream) => isAllHere(dir, worker, stream, startMs))) return true;
    if (Date.now() - startMs >= waitMs) return false;
    await delay(POLL_MS);
  }
}
