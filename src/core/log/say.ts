import { append, appendTo, type NewEvent } from './append.ts';
import { arm, eventsToArm } from './armed.ts';

/** Appends events and then arms every hook event at which they could be answered: in force when this returns. */
export function say(dir: string, now: number, ...events: NewEvent[]): void {
  append(dir, now, ...events);
  armFor(dir, events);
}

/** The same where the log still is the file with that inode; false, with nothing said, where it is not. */
export function sayTo(dir: string, inode: number, now: number, events: NewEvent[]): boolean {
  if (!appendTo(dir, inode, now, events)) return false;
  armFor(dir, events);
  return true;
}

function armFor(dir: string, events: NewEvent[]): void {
  const wanted = new Set(events.flatMap(eventsToArm));
  if (wanted.size > 0) arm(dir, [...wanted]);
}
