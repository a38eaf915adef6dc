import type { Worker } from '#protocol/state.ts';
import { readSeat } from '#core/session/seat.ts';

/** On which machine the workers of a session run, as seen from one of the machines that share it. */
export interface Placement {
  /** Whether a worker's process runs on this machine. */
  isHere: (worker: Pick<Worker, 'machine'>) => boolean;
  /** Whether this machine starts a worker: its own, and at the seat also those that it has another machine start. */
  starts: (worker: Pick<Worker, 'machine'>) => boolean;
  /** The machine of a worker; undefined for this one where it has no name. */
  machineOf: (worker: Pick<Worker, 'machine'>) => string | undefined;
}

/** Reads it from the session's folder, where a session that is not shared has no file. */
export function placementOf(dir: string): Placement {
  const seat = readSeat(dir);
  const machineOf = ({ machine }: Pick<Worker, 'machine'>): string | undefined => machine ?? seat?.seat;
  const isHere = (worker: Pick<Worker, 'machine'>): boolean => machineOf(worker) === seat?.machine;
  const isSeat = seat === undefined || seat.seat === seat.machine;
  return { isHere, starts: (worker) => isSeat || isHere(worker), machineOf };
}
