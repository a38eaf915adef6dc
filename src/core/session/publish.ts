import { append, appendIfSame, type NewEvent } from '#core/log/append.ts';
import { arm, eventsToArm } from './armed.ts';

/** Appends events, then arms every hook event that may have to answer them: they are in force when this returns. */
export function publish(dir: string, now: number, ...events: NewEvent[]): void {
  append(dir, now, ...events);
  armFor(dir, events);
}

/** Publishes only where the log still is the file with that inode; otherwise appends nothing and returns false. */
export function publishIfSame(dir: string, inode: number, now: number, events: NewEvent[]): boolean {
  if (!appendIfSame(dir, inode, now, events)) return false;
  armFor(dir, events);
  return true;
}

/** Arms every hook event that may have to answer these events. Throws the system's error. */
export function armFor(dir: string, events: NewEvent[]): void {
  const toArm = new Set(events.flatMap(eventsToArm));
  if (toArm.size > 0) arm(dir, [...toArm]);
}
