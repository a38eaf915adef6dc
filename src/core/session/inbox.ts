import type { Note, SessionState } from '#protocol/state.ts';
import { nonce } from '#core/base/nonce.ts';
import type { NewEvent } from '#core/log/append.ts';
import { eventAt } from '#core/log/logTail.ts';
import { claimEvents, deliveredEvents, givenBackEvents, isClaimable, isClaimedBy } from './claims.ts';
import { publish } from './publish.ts';
import { settle } from './settle.ts';
import type { SessionLog } from './sessionLog.ts';

/** A message to a worker. */
export interface Message {
  /** A message, work that is handed on, or the loss of a lock. */
  kind: 'tell' | 'handoff' | 'lockLost';
  from: string;
  text: string;
  ts: number;
  /** The task and data of work that is handed on. */
  task?: string;
  data?: unknown;
}

/** Notes that this process alone may print, and what it publishes once it has. */
export interface Claimed {
  notes: Note[];
  delivered: NewEvent[];
}

/** The unread notes to a worker, in the order of the log, without those that another reader is about to print. */
export const unreadNotes = (state: SessionState, worker: string, now: number): Note[] =>
  [...state.notes.values()].filter(
    (note) => note.to === worker && isClaimable(note, now) && ['inform', 'handoff', 'lockLost'].includes(note.kind),
  );

/** So long it is waited that a claim counts that was published on a machine that has only a copy. */
const ARRIVAL_MS = 2000;

/**
 * Claims notes and reads the log again: those that no other reader has claimed first. A claim that does not arrive at the seat
 * in time is given back, for a later reader. Throws the system's error.
 */
export async function claimNotes(log: SessionLog, notes: Note[], now: number): Promise<Claimed> {
  if (notes.length === 0) return { notes, delivered: [] };
  const hook = nonce();
  publish(log.dir, now, ...claimEvents(notes, hook));
  log.refresh();
  if (!(await settle(log, ARRIVAL_MS))) {
    publish(log.dir, now, ...givenBackEvents(notes, hook));
    return { notes: [], delivered: [] };
  }
  const ours = notes.filter((note) => isClaimedBy(log.state, note, hook));
  return { notes: ours, delivered: deliveredEvents(ours, hook) };
}

/** A note as a message. The task and data of a handoff are read from its line in the log. */
export function messageOf(dir: string, { kind, worker, text, ts, pos }: Note): Message {
  if (kind === 'lockLost') return { kind, from: 'fermata', text, ts };
  if (kind !== 'handoff') return { kind: 'tell', from: worker, text, ts };
  const event = eventAt(dir, pos);
  if (event?.t !== 'handoff') return { kind, from: worker, text, ts };
  return { kind, from: worker, text, ts, task: event.task, data: event.data };
}
