import type { Note, SessionState } from '#protocol/state.ts';
import { nonce } from '#core/base/nonce.ts';
import { eventAt } from '#core/log/logTail.ts';
import { publish } from './publish.ts';
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

/** The unread notes to a worker, in the order of the log. */
export const unreadNotes = (state: SessionState, worker: string): Note[] =>
  [...state.notes.values()].filter(
    ({ to, deliveredBy, kind }) =>
      to === worker && deliveredBy === undefined && ['inform', 'handoff', 'lockLost'].includes(kind),
  );

/** Takes the messages of a worker; each goes to one reader only. Throws the system's error. */
export function claimMessages(log: SessionLog, worker: string, now: number): Message[] {
  const pending = unreadNotes(log.state, worker);
  if (pending.length === 0) return [];
  return claimNotes(log, pending, now).map((note) => messageOf(log.dir, note));
}

/** Marks notes as delivered and reads the log again. Returns those that no other reader has claimed first. */
export function claimNotes(log: SessionLog, notes: Note[], now: number): Note[] {
  const hook = nonce();
  publish(log.dir, now, ...notes.map(({ pos }) => ({ t: 'delivered' as const, ref: pos, hook })));
  log.refresh();
  return notes.filter(({ pos }) => log.state.notes.get(pos)?.deliveredBy === hook);
}

/** A note as a message. The task and data of a handoff are read from its line in the log. */
export function messageOf(dir: string, { kind, worker, text, ts, pos }: Note): Message {
  if (kind === 'lockLost') return { kind, from: 'fermata', text, ts };
  if (kind !== 'handoff') return { kind: 'tell', from: worker, text, ts };
  const event = eventAt(dir, pos);
  if (event?.t !== 'handoff') return { kind, from: worker, text, ts };
  return { kind, from: worker, text, ts, task: event.task, data: event.data };
}
