import { hostIdentity } from '#core/base/machine.ts';
import { isAlive, startTimeOf } from '#core/base/processes.ts';
import type { SessionLog } from './sessionLog.ts';
import { settleNow } from './settle.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { Note, SessionState } from '#protocol/state.ts';

/** From its claim to its print a process takes a few milliseconds. After this time a claim is over whose process is not known. */
export const CLAIM_MS = 60_000;
/**
 * A process that lives may have slept with its machine between its claim and its print, and prints when it wakes. After this
 * time its claim is over all the same, since no line of a log may keep information from everybody.
 */
export const LIVING_CLAIM_MS = 24 * 3_600_000;

/** Whether a note may be claimed at `now` (epoch ms): it has no claim, or the process of its claim has ended without a print. */
export function isClaimable({ claim, deliveredBy }: Note, now: number): boolean {
  if (deliveredBy !== undefined) return false;
  if (claim === undefined) return true;
  const { pid, startTime, host, ts } = claim;
  const isLiving = pid === undefined ? undefined : isAlive(pid, startTime, host);
  if (isLiving === false) return true;
  return Math.abs(now - ts) >= (isLiving === true ? LIVING_CLAIM_MS : CLAIM_MS);
}

/** The events by which the run `hook` of this process claims notes. */
export function claimEvents(notes: Note[], hook: string): NewEvent[] {
  const claimer = { pid: process.pid, startTime: startTimeOf(process.pid), host: hostIdentity() };
  return notes.map(({ pos, claim }) => ({ t: 'claim', ref: pos, hook, over: claim?.hook, ...claimer }));
}

/** The events that record that notes were printed. Without them the next process would print the notes again. */
export const deliveredEvents = (notes: Note[], hook: string): NewEvent[] =>
  notes.map(({ pos }) => ({ t: 'delivered', ref: pos, hook }));

/** The events that give claims back: nothing was printed, and the next reader may claim the notes. */
export const givenBackEvents = (notes: Note[], hook: string): NewEvent[] =>
  notes.map(({ pos }) => ({ t: 'delivered', ref: pos, hook, not: true }));

/** A hook has little time: so long it waits that a claim counts that it made on a machine that has only a copy. */
const HOOK_ARRIVAL_MS = 500;

/** What a run of a hook claims notes with. */
interface ClaimingHook {
  readonly log: SessionLog;
  readonly id: string;
  tryPublish(...events: NewEvent[]): void;
}

/** Of notes that a run has claimed just now those that it may print. A claim that does not arrive in time is given back. */
export function claimedNotes(hook: ClaimingHook, notes: Note[]): Note[] {
  const { log, id } = hook;
  if (settleNow(log, HOOK_ARRIVAL_MS)) return notes.filter((note) => isClaimedBy(log.state, note, id));
  hook.tryPublish(...givenBackEvents(notes, id));
  return [];
}

/** Whether the claim of that run is the one that counts. */
export function isClaimedBy(state: SessionState, { pos }: Note, hook: string): boolean {
  const note = state.notes.get(pos);
  return note?.claim?.hook === hook && note.deliveredBy === undefined;
}
