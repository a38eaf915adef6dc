import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Claim, Handoff, Note, SessionState } from '#protocol/state.ts';
import { indexNote, indexOf, unindexNote } from './foldIndex.ts';
import { boundedMatch, boundedText, countBeyondLimit, COUNTS } from './limits.ts';
import { assignDefined, pushBounded, LIMITS, addNotice, type EventPosition } from './state.ts';

/** A note for the time after the next call, or for `event`. */
export type NewNote = Pick<Note, 'kind' | 'worker' | 'to' | 'text'> &
  Partial<Pick<Note, 'event' | 'now' | 'match' | 'updatedInput' | 'key'>>;

/** Adds a note. It replaces an undelivered one of the same key and worker. Returns its number for `delivered`. */
export function addNote(state: SessionState, note: NewNote, at: EventPosition): number {
  if (boundedMatch(note.match).note !== undefined) return skipNote(state, at);
  const earlier = note.key === undefined ? undefined : indexOf(state).noteByKey.get(note.worker)?.get(note.key);
  if (earlier !== undefined) removeNote(state, earlier);
  // rare, like the other one: the hook loads its code when it is first called
  if (state.notes.size >= LIMITS.pendingNotes) dropOldest(state, note, at);
  if (indexOf(state).pendingNotes >= COUNTS.notes) {
    countBeyondLimit(state, 'notes');
    return at.pos;
  }
  // one event may add several notes; the positions inside its line are free
  let pos = at.pos;
  while (state.notes.has(pos)) pos++;
  const { kind, worker, to, event = 'PostToolUse', now = false, match, updatedInput, key } = note;
  const added: Note = { pos, kind, worker, to, event, text: boundedText(note.text), now, ts: at.ts };
  state.notes.set(pos, assignDefined(added, { match, updatedInput, key }));
  indexNote(state, added);
  return pos;
}

/** Information whose pattern is too long is for no call: it must not reach, or rewrite, another one. */
function skipNote(state: SessionState, { pos }: EventPosition): number {
  countBeyondLimit(state, 'information');
  return pos;
}

function removeNote(state: SessionState, note: Note): void {
  state.notes.delete(note.pos);
  unindexNote(state, note);
}

/** Adds a note that the Conductor gets after its next call. */
export function informConductor(state: SessionState, worker: string, text: string, at: EventPosition): void {
  addNote(state, { kind: 'inform', worker, to: CONDUCTOR, text }, at);
}

/** A message to an agent, or to the person, who gets a notice. */
export function onTell(state: SessionState, { by, to, text, now }: EventOf<'tell'>, at: EventPosition): void {
  addNote(state, { kind: 'inform', worker: by, to, text, now }, at);
  if (to === USER) addNotice(state, at, 'log', `${by} tells you: ${text}`, by);
}

/** A worker hands its work to another one, which gets a note. */
export function onHandoff(state: SessionState, { worker, to, task }: EventOf<'handoff'>, at: EventPosition): void {
  pushBounded(state.handoffs, assignDefined<Handoff>({ from: worker, to, pos: at.pos }, { task }), LIMITS.handoffs);
  const text = `${worker} hands ${task ?? 'its work'} on to you`;
  addNote(state, { kind: 'handoff', worker, to, text }, at);
}

/**
 * The first claim of a note in the log decides which process prints it. A later one counts only if it names the claim that
 * it takes the place of, so of several that find a process gone again only the first one counts.
 */
export function onClaim(state: SessionState, event: EventOf<'claim'>, at: EventPosition): void {
  const { ref, hook, over, pid, startTime, host } = event;
  const note = state.notes.get(ref);
  if (note === undefined || note.deliveredBy !== undefined || note.claim?.hook !== over) return;
  note.claim = assignDefined<Claim>({ hook, ts: at.ts }, { pid, startTime, host });
}

/**
 * The first `delivered` of a note in the log counts; later ones lose. One that gives a claim back leaves the note to the next
 * reader.
 */
export function onDelivered(state: SessionState, event: EventOf<'delivered'>, at: EventPosition): void {
  const note = state.notes.get(event.ref);
  if (note === undefined || note.deliveredBy !== undefined) return;
  if (event.not === true) {
    if (note.claim?.hook === event.hook) delete note.claim;
    return;
  }
  note.deliveredBy = event.hook;
  note.deliveredTs = at.ts;
  unindexNote(state, note);
  // kept for a while, so that the hooks that raced for it can read which one won
  state.notes.delete(note.pos);
  state.notes.set(note.pos, note);
  if (state.notes.size > LIMITS.deliveredNotes) forgetDelivered(state);
}

/** Forgets the notes that were delivered first, where many are. */
function forgetDelivered(state: SessionState): void {
  const { pendingNotes } = indexOf(state);
  if (state.notes.size - pendingNotes <= LIMITS.deliveredNotes) return;
  for (const [pos, old] of state.notes) {
    if (state.notes.size - pendingNotes <= LIMITS.deliveredNotes / 2) break;
    if (old.deliveredBy !== undefined) state.notes.delete(pos);
  }
}

const MORE_THAN = 'has said more than';

/** Bounds the undelivered notes of a worker: drops the oldest and warns the person once. */
function dropOldest(state: SessionState, { worker, to }: NewNote, at: EventPosition): void {
  const pending = indexOf(state).notesOf.get(worker);
  const [oldest] = pending ?? [];
  if (pending === undefined || oldest === undefined || pending.length < LIMITS.pendingNotes) return;
  removeNote(state, oldest);
  if (state.notices.some((n) => n.worker === worker && n.text.includes(MORE_THAN))) return;
  const text = `${worker} ${MORE_THAN} ${to === CONDUCTOR ? 'Claude' : to} could be told: only its newest ${LIMITS.pendingNotes} pieces of information wait. Let it use a key, so that news replaces news.`;
  addNotice(state, at, 'warning', text, worker);
}
