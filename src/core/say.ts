import { append, type NewEvent } from './append.ts';
import { arm, eventsToArm } from './armed.ts';

/** Appends events and then arms every hook event at which they could be answered: in force when this returns. */
export function say(dir: string, now: number, ...events: NewEvent[]): void {
  append(dir, now, ...events);
  const wanted = new Set(events.flatMap(eventsToArm));
  if (wanted.size > 0) arm(dir, [...wanted]);
}
