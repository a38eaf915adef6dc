import type { Run, Worker } from '#protocol/state.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { readSeat } from '#core/session/seat.ts';

/** On which machine the workers of a session run, as seen from one of the machines that share it. */
export interface Placement {
  /** Whether a worker's process runs on this machine. */
  isHere: (worker: Pick<Worker, 'machine'>) => boolean;
  /**
   * Whether this machine starts a worker: its own, and at the seat also those that it has another machine start, but none of
   * a run that was planned elsewhere.
   */
  starts: (worker: Pick<Worker, 'machine'>, run?: Pick<Run, 'via'>) => boolean;
  /** The machine of a worker; undefined for this one where it has no name. */
  machineOf: (worker: Pick<Worker, 'machine'>) => string | undefined;
  /** The host of a worker's process as this machine knows itself, where it is one of this machine. */
  hostOf: (worker: Pick<Worker, 'host'>) => string | undefined;
}

/** The host of another machine's process in the log, where it would be taken for one of the seat: both may be on one machine. */
export const hostElsewhere = (machine: string, host = ''): string => `${machine}@${host.replaceAll('/', '.')}`;

/** Reads it from the session's folder, where a session that is not shared has no file. */
export function placementOf(dir: string): Placement {
  const seat = readSeat(dir);
  const machineOf = ({ machine }: Pick<Worker, 'machine'>): string | undefined => machine ?? seat?.seat;
  const isHere = (worker: Pick<Worker, 'machine'>): boolean => machineOf(worker) === seat?.machine;
  const isSeat = seat === undefined || seat.seat === seat.machine;
  const hostOf = ({ host }: Pick<Worker, 'host'>): string | undefined => {
    const own = hostIdentity();
    return seat !== undefined && host === hostElsewhere(seat.machine, own) ? own : host;
  };
  return {
    hostOf,
    isHere,
    starts: (worker, run) => (isSeat && run?.via === undefined) || isHere(worker),
    machineOf,
  };
}
