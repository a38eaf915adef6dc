import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Handoff, Note, SessionState } from '#protocol/state.ts';
import { assignDefined, pushBounded, LIMITS, addNotice, type EventPosition } from './state.ts';

export type NewNote = Pick<Note, 'kind' | 'worker' | 'to' | 'event' | 'text' | 'now'> & {
  match?: Note['match'] | undefined;
  updatedInput?: Note['updatedInput'] | undefined;
  key?: string | undefined;
};

/**
 * Something to deliver once. One with the same key from the same worker takes the place of an undelivered earlier one.
 * Returns the number by which it is delivered.
 */
export function addNote(state: SessionState, note: NewNote, at: EventPosition): number {
  if (note.key !== undefined)
    for (const earlier of state.notes.values())
      if (earlier.key === note.key && earlier.worker === note.worker && earlier.deliveredBy === undefined) {
        state.notes.delete(earlier.pos);
        // it took the place of the one before, so there is no other
        break;
      }
  if (state.notes.size >= LIMITS.pendingNotes) dropOldest(state, note, at);
  // one event may make several notes; the bytes of its line give each a number that nothing else has
  let pos = at.pos;
  while (state.notes.has(pos)) pos++;
  const { kind, worker, to, event, text, now, match, updatedInput, key } = note;
  const added: Note = { pos, kind, worker, to, event, text, now, ts: at.ts };
  state.notes.set(pos, assignDefined(added, { match, updatedInput, key }));
  return pos;
}

/** Something that is said to the Conductor after its next call. */
export function informConductor(state: SessionState, worker: string, text: string, at: EventPosition): void {
  addNote(state, { kind: 'inform', worker, to: CONDUCTOR, event: 'PostToolUse', text, now: false }, at);
}

/** A message. One to the person is shown as well, since nobody asks for it on their behalf. */
export function onTell(state: SessionState, { by, to, text, now = false }: EventOf<'tell'>, at: EventPosition): void {
  addNote(state, { kind: 'inform', worker: by, to, event: 'PostToolUse', text, now }, at);
  if (to === USER) addNotice(state, at, 'log', `${by} tells you: ${text}`, by);
}

/** Work is handed on: the one it is handed to is told. */
export function onHandoff(state: SessionState, { worker, to, task }: EventOf<'handoff'>, at: EventPosition): void {
  pushBounded(state.handoffs, assignDefined<Handoff>({ from: worker, to, pos: at.pos }, { task }), LIMITS.handoffs);
  const text = `${worker} hands ${task ?? 'its work'} on to you`;
  addNote(state, { kind: 'handoff', worker, to, event: 'PostToolUse', text, now: false }, at);
}

/** The first `delivered` in the log is the hook that prints; later ones lose. */
export function onDelivered(state: SessionState, event: EventOf<'delivered'>): void {
  const note = state.notes.get(event.ref);
  if (note === undefined || note.deliveredBy !== undefined) return;
  note.deliveredBy = event.hook;
  // delivered ones are kept a while, so that the hooks that raced for it can read who won
  state.notes.delete(note.pos);
  state.notes.set(note.pos, note);
  if (state.notes.size <= LIMITS.deliveredNotes) return;
  for (const [pos, old] of state.notes) {
    if (state.notes.size <= LIMITS.deliveredNotes / 2) break;
    if (old.deliveredBy !== undefined) state.notes.delete(pos);
  }
}

/** Information that nobody has taken yet is bounded: the oldest of the same worker goes, and the person is told once. */
function dropOldest(state: SessionState, { worker, to }: NewNote, at: EventPosition): void {
  const pending = [...state.notes.values()].filter((n) => n.worker === worker && n.deliveredBy === undefined);
  const [oldest] = pending;
  if (pending.length < LIMITS.pendingNotes || oldest === undefined) return;
  state.notes.delete(oldest.pos);
  const text = `${worker} has said more than ${to === CONDUCTOR ? 'Claude' : to} could be told: only its newest ${LIMITS.pendingNotes} pieces of information wait. Let it use a key, so that news replaces news.`;
  if (!state.notices.some((n) => n.worker === worker && n.text === text)) addNotice(state, at, 'warning', text, worker);
}
