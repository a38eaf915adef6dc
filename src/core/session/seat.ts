import type { SeatInfo } from '#protocol/fileFormats.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import { seatInfoSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { createFile } from '#core/base/files/createFile.ts';
import { exists } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { removeFile } from '#core/base/files/remove.ts';
import { readJson } from '#core/base/json.ts';
import { sessionPaths } from '#core/base/paths.ts';

/** The seat.json of a session; undefined where the session is not shared, or where it names no machines. */
export function readSeat(dir: string): SeatInfo | undefined {
  const { seat } = sessionPaths(dir);
  // most sessions have none, and a bridge looks at all of them
  const value = exists(seat) ? readJson(seat) : undefined;
  return value === undefined || dropInvalid(seatInfoSchema, value) === undefined ? undefined : (value as SeatInfo);
}

/** Replaces seat.json. Throws the system's error. */
export const writeSeat = (dir: string, seat: SeatInfo): void =>
  void writeFileAtomic(sessionPaths(dir).seat, `${JSON.stringify(seat)}\n`, { mode: 0o600 });

/** Whether the seat of a session is another machine: what is read is a copy, and what is appended goes to an outbox. */
export const isCopy = (dir: string): boolean => exists(sessionPaths(dir).copy);

/** The name of an outbox in the log of the seat; undefined before the first contact with it. */
export const viaOfOutbox = ({ machine, gen, of }: SeatInfo): string | undefined =>
  gen === undefined || of === undefined ? undefined : `${machine}/${gen}`;

/** Lets the machines of a space follow a session whose log is here. One that is shared already stays as it is. Throws the system's error. */
export function shareSession(dir: string, { space, machine }: Pick<SeatInfo, 'space' | 'machine'>): void {
  const known = readSeat(dir);
  if (known?.space === space && known.machine === machine) return;
  writeSeat(dir, { space, seat: machine, machine });
}

/** Ends that: the others keep their copies, which grow no more. Throws the system's error. */
export function unshareSession(dir: string): void {
  if (isCopy(dir)) throw new Error('the session is seated on another machine, and only there it can be unshared');
  if (exists(sessionPaths(dir).seat)) removeFile(sessionPaths(dir).seat);
}

/**
 * Makes the folder of a session whose seat is another machine, with an empty copy and an empty outbox. One that is there
 * already stays. Throws where the session has a log of its own here, or the system's error.
 */
export function makeCopy(dir: string, { space, seat, machine }: Pick<SeatInfo, 'space' | 'seat' | 'machine'>): void {
  const paths = sessionPaths(dir);
  if (exists(paths.copy) && readSeat(dir) !== undefined) return;
  if (exists(paths.log) && !exists(paths.copy)) throw new Error('the session has its log on this machine');
  for (const folder of [paths.armed, paths.flags, paths.workers, paths.runs]) makeFolder(folder);
  // the copy comes first: without it the outbox would be taken for a log
  for (const file of [paths.copy, paths.log]) if (!exists(file)) createFile(file, '');
  writeSeat(dir, { space, seat, machine });
}
