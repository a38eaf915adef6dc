import type { Note, SessionState } from '#protocol/state.ts';
import { nonce } from '#core/base/nonce.ts';
import { eventAt } from '#core/log/eventsBefore.ts';
import { publish } from './publish.ts';
import type { SessionLog } from './sessionLog.ts';

/** Something that a worker was told. */
export interface Message {
  /** What it is: a message, work handed on, or the loss of a lock. */
  kind: 'tell' | 'handoff' | 'lockLost';
  from: string;
  text: string;
  ts: number;
  /** Of work that is handed on. */
  task?: string;
  data?: unknown;
}

/** What a worker was told and nobody has read yet, in the order in which it was said. */
export const unreadNotes = (state: SessionState, worker: string): Note[] =>
  [...state.notes.values()].filter(
    ({ to, deliveredBy, kind }) =>
      to === worker && deliveredBy === undefined && ['inform', 'handoff', 'lockLost'].includes(kind),
  );

/**
 * Takes the messages of a worker: marked as read in the log first, then read back, so that each is given to one reader
 * only. Throws the system's error.
 */
export function claimMessages(log: SessionLog, worker: string, now: number): Message[] {
  const pending = unreadNotes(log.state, worker);
  if (pending.length === 0) return [];
  const hook = nonce();
  publish(log.dir, now, ...pending.map((note) => ({ t: 'delivered' as const, ref: note.pos, hook })));
  log.refresh();
  return pending.filter(({ pos }) => log.state.notes.get(pos)?.deliveredBy === hook).map((n) => messageOf(log.dir, n));
}

/** A note as a message; what is handed on with it is in its line of the log alone. */
export function messageOf(dir: string, { kind, worker, text, ts, pos }: Note): Message {
  if (kind === 'lockLost') return { kind, from: 'fermata', text, ts };
  if (kind !== 'handoff') return { kind: 'tell', from: worker, text, ts };
  const event = eventAt(dir, pos);
  if (event?.t !== 'handoff') return { kind, from: worker, text, ts };
  const { task, data } = event;
  return {
    kind,
    from: worker,
    text,
    ts,
    ...(task === undefined ? {} : { task }),
    ...(data === undefined ? {} : { data }),
  };
}
