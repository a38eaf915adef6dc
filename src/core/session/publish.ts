import { append, appendIfSame, type NewEvent } from '#core/log/append.ts';
import { arm, eventsToArm } from './armed.ts';

/** Appends events and then arms every hook event at which they could be answered: in force when this returns. */
export function publish(dir: string, now: number, ...events: NewEvent[]): void {
  append(dir, now, ...events);
  armFor(dir, events);
}

/** The same where the log still is the file with that inode; false, with nothing said, where it is not. */
export function publishIfSame(dir: string, inode: number, now: number, events: NewEvent[]): boolean {
  if (!appendIfSame(dir, inode, now, events)) return false;
  armFor(dir, events);
  return true;
}

function armFor(dir: string, events: NewEvent[]): void {
  const toArm = new Set(events.flatMap(eventsToArm));
  if (toArm.size > 0) arm(dir, [...toArm]);
}
