import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import {
  CLAIM_MS,
  claimEvents,
  LIVING_CLAIM_MS,
  deliveredEvents,
  isClaimable,
  isClaimedBy,
} from '#core/session/claims.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { Note, SessionState } from '#protocol/state.ts';
import { fold, T0 } from '#test/unit/core/fold/world.ts';

const news: NewEvent = { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'news' };
const stateAfter = (...events: NewEvent[]): SessionState => fold([news, ...events]);
const noteOf = (state: SessionState): Note => [...state.notes.values()][0] as Note;
const ref = noteOf(fold([news])).pos;
const host = hostIdentity();
const own = { pid: process.pid, startTime: startTimeOf(process.pid), host };

async function endedPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid as number;
}

test('the first claim counts, and a later one only over that', () => {
  const first: NewEvent = { t: 'claim', ref, hook: 'h1' };
  const by = (...events: NewEvent[]): string | undefined => noteOf(stateAfter(...events)).claim?.hook;
  expect(by(first, { ...first, hook: 'h2' })).toBe('h1');
  expect(by(first, { ...first, hook: 'h2', over: 'h1' }, { ...first, hook: 'h3', over: 'h1' })).toBe('h2');
  expect(by({ ...first, over: 'h0' })).toBeUndefined();
});

test('what is delivered is claimed by none, also as older versions recorded it', () => {
  const state = stateAfter({ t: 'claim', ref, hook: 'h1' }, { t: 'delivered', ref, hook: 'h1' });
  expect(isClaimable(noteOf(state), T0)).toBe(false);
  const old = stateAfter({ t: 'delivered', ref, hook: 'h1' }, { t: 'claim', ref, hook: 'h2' });
  expect(isClaimable(noteOf(old), T0)).toBe(false);
  expect(isClaimedBy(old, noteOf(old), 'h2')).toBe(false);
});

test('a claim is over with its process, after a minute where that is not known, and after a day where it lives', async () => {
  const claimedBy = (process_: object): Note =>
    noteOf(stateAfter({ t: 'claim', ref, hook: 'h1', ts: T0, ...process_ }));
  expect(isClaimable(claimedBy(own), T0)).toBe(false);
  expect(isClaimable(claimedBy({ pid: await endedPid(), host }), T0)).toBe(true);
  // the number was given to another process
  if (own.startTime !== undefined) expect(isClaimable(claimedBy({ ...own, startTime: '1' }), T0)).toBe(true);
  // of another machine, or without a process, only the time tells
  for (const unknown of [{ ...own, host: 'elsewhere/1' }, {}]) {
    expect(isClaimable(claimedBy(unknown), T0 + CLAIM_MS - 1)).toBe(false);
    expect(isClaimable(claimedBy(unknown), T0 + CLAIM_MS)).toBe(true);
  }
  // its machine may have slept before it could print
  expect(isClaimable(claimedBy(own), T0 + LIVING_CLAIM_MS - 1)).toBe(false);
  expect(isClaimable(claimedBy(own), T0 + LIVING_CLAIM_MS)).toBe(true);
  // nor does a line from the future claim for ever
  expect(isClaimable(claimedBy({ ...own, ts: T0 + 1e12 }), T0)).toBe(true);
});

test('a run claims what is free and what is over in one go', () => {
  const state = fold([news, news, { t: 'claim', ref, hook: 'h1', pid: 1, startTime: '0', host }]);
  const notes = [...state.notes.values()];
  const after = fold([
    news,
    news,
    { t: 'claim', ref, hook: 'h1', pid: 1, startTime: '0', host },
    ...claimEvents(notes, 'h2'),
  ]);
  expect(notes.every((note) => isClaimedBy(after, note, 'h2'))).toBe(true);
  expect([...after.notes.values()].map(({ claim }) => claim)).toMatchObject([own, own]);
  expect(deliveredEvents(notes, 'h2')).toHaveLength(2);
});

test('a run has what it was the first to claim, and of what another one has claimed nothing', () => {
  const state = stateAfter({ t: 'claim', ref, hook: 'h1' }, { t: 'claim', ref, hook: 'h2' });
  expect(['h1', 'h2', 'h3'].map((hook) => isClaimedBy(state, noteOf(state), hook))).toEqual([true, false, false]);
  expect(isClaimedBy(fold([]), noteOf(state), 'h1')).toBe(false);
});
