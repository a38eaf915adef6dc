import { hookNotes } from './hooks.ts';
import { coordinationNotes } from './coordination.ts';
import type { EventNotes } from './note.ts';
import { sessionNotes } from './session.ts';
import { workerNotes } from './workers.ts';

/** The words about every event, in the order of the reference page. No program that is shipped imports them. */
export const eventNotes: EventNotes = { ...sessionNotes, ...workerNotes, ...coordinationNotes, ...hookNotes };

/** The page's chapters. */
export const chapters: { title: string; notes: Partial<EventNotes> }[] = [
  { title: 'The session', notes: sessionNotes },
  { title: 'A worker’s life', notes: workerNotes },
  { title: 'Checkpoints, locks, ballots', notes: coordinationNotes },
  { title: 'Hooks', notes: hookNotes },
];
