import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasEnded } from '#core/fold/conditions.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { SessionState } from '#protocol/state.ts';
import { T0 } from '#test/unit/core/fold/world.ts';
import { world } from './worlds.ts';

type Lines = { pos: number; value: Record<string, unknown> }[];
const copy = (lines: Lines): Lines => structuredClone(lines);
const fold = (lines: Lines, state = emptyState()): SessionState =>
  copy(lines).reduce((s, line) => reduce(s, line), state);

/** Folds step by step, calling `each` with the state after every line. */
function walk(lines: Lines, each: (state: SessionState, line: Lines[number]) => void): void {
  const state = emptyState();
  for (const line of copy(lines)) each(reduce(state, line), line);
}

test('a snapshot anywhere and the rest is the same as the whole', () => {
  fc.assert(
    fc.property(world, fc.nat(40), (lines, cut) => {
      const half = decodeState(encodeState(fold(lines.slice(0, cut))));
      expect(half).toBeDefined();
      expect(encodeState(fold(lines.slice(cut), half))).toEqual(encodeState(fold(lines)));
    }),
    { numRuns: 300 },
  );
});

describe('for any events in any order', () => {
  test('an exclusive lock has one holder, tokens grow, no worker is passed over', () => {
    fc.assert(
      fc.property(world, (lines) => {
        const seen = new Map<string, Set<number>>();
        walk(lines, (state) => {
          for (const lock of state.locks.values()) {
            if (lock.holders.some((h) => h.mode === 'exclusive')) expect(lock.holders).toHaveLength(1);
            // a grant is newer than every earlier one of its resource
            const granted = seen.get(lock.resource) ?? new Set<number>();
            for (const { token } of lock.holders) {
              if (!granted.has(token)) expect(token).toBeGreaterThan(Math.max(-1, ...granted));
              granted.add(token);
            }
            seen.set(lock.resource, granted);
            const queued = lock.queue.map((q) => q.token);
            expect(queued).toEqual(queued.toSorted((a, b) => a - b));
            // there is no queue without a holder
            if (lock.queue.length > 0) expect(lock.holders.length).toBeGreaterThan(0);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  test('no ended worker holds or awaits a lock', () => {
    fc.assert(
      fc.property(world, (lines) => {
        const { locks, workers } = fold(lines);
        for (const lock of locks.values())
          for (const acquire of [...lock.holders, ...lock.queue]) {
            const worker = workers.get(acquire.worker);
            if (worker !== undefined) expect(hasEnded(worker)).toBe(false);
          }
      }),
      { numRuns: 500 },
    );
  });

  test('a ballot is decided at most once, and never to proceed below its quorum', () => {
    fc.assert(
      fc.property(world, (lines) => {
        let before: string | undefined;
        walk(lines, (state, line) => {
          const ballot = state.ballots.get('ship');
          const now = ballot?.decided === undefined ? undefined : JSON.stringify(ballot.decided);
          if (before !== undefined && line.value['t'] !== 'ballot') expect(now).toBe(before);
          before = now;
          if (ballot?.decided?.decision === 'proceed' && ballot.quorum !== undefined)
            expect(ballot.votes.size).toBeGreaterThanOrEqual(ballot.quorum);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('information is delivered by one hook only', () => {
    fc.assert(
      fc.property(world, (lines) => {
        const by = new Map<number, string>();
        walk(lines, (state) => {
          for (const note of state.notes.values()) {
            if (note.deliveredBy === undefined) continue;
            expect(by.get(note.pos) ?? note.deliveredBy).toBe(note.deliveredBy);
            by.set(note.pos, note.deliveredBy);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  test('no block outlives a worker that ended well, except those that wait for something else', () => {
    fc.assert(
      fc.property(world, (lines) => {
        const { blocks, workers } = fold(lines);
        for (const block of blocks.values()) {
          const worker = workers.get(block.worker);
          if (block.ended !== undefined || worker?.state !== 'done' || block.cause.kind !== 'hook') continue;
          const publishedLater =
            block.renewedPos >=
            lines.findLastIndex((l) => l.value['t'] === 'exit' || l.value['t'] === 'done' || l.value['t'] === 'abort') *
              100;
          const atStop = block.event === 'Stop' && block.until.length === 0 && block.dueTs === undefined;
          const bounded = block.until.length > 0 || block.dueTs !== undefined;
          expect(atStop || publishedLater || bounded).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a block ends only by what it waits for', () => {
    fc.assert(
      fc.property(world, (lines) => {
        walk(lines, (state, { pos, value }) => {
          for (const { ended, until, worker, dueTs, event } of state.blocks.values()) {
            if (ended?.pos !== pos) continue;
            const { how, by, ts } = ended;
            if (how === 'until') expect(until.length > 0 && until.every(({ met }) => met)).toBe(true);
            else if (how === 'worker ended')
              expect([until.length, state.workers.get(worker)?.state]).toEqual([0, 'done']);
            else if (how === 'expired') expect(ts).toBeGreaterThanOrEqual(dueTs ?? Infinity);
            else if (how === 'unblock') expect([value['t'], by]).toEqual(['unblock', worker]);
            else if (how === 'release') expect([value['t'], by]).toEqual(['unblock', 'user']);
            else if (how === 'resolve') expect([value['t'], event]).toEqual(['resolve', 'Stop']);
            else expect(how).toBe('lock passed on');
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  test('a file lock’s block is active exactly while that acquire holds it', () => {
    fc.assert(
      fc.property(world, (lines) => {
        walk(lines, (state) => {
          const tokens = new Set([...state.locks.values()].flatMap((l) => l.holders.map((h) => h.token)));
          for (const block of state.blocks.values())
            if (block.cause.kind === 'lock' && block.ended === undefined)
              expect(tokens.has(block.cause.token)).toBe(true);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('every derived block has a true cause', () => {
    fc.assert(
      fc.property(world, (lines) => {
        walk(lines, (state) => {
          for (const { cause, ended, worker, until } of state.blocks.values()) {
            if (ended !== undefined) continue;
            const its = state.workers.get(worker);
            if (cause.kind === 'guard') {
              expect(its !== undefined && state.runs.has(cause.run)).toBe(true);
              if (until.length === 0) expect(its?.state).not.toBe('done');
            }
            if (cause.kind === 'ballot') expect(state.ballots.get(cause.ballot)).toBeDefined();
            if (cause.kind === 'prerequisite') expect(its?.state).toBe('failed');
            if (cause.kind === 'abort') expect(state.aborted).toBeDefined();
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  test('the projection never throws and shows no lock without a holder, a queue or an uninformed former holder', () => {
    fc.assert(
      fc.property(world, (lines) => {
        const view = toViewModel(fold(lines), { now: T0 + 60_000, silentSeconds: 120, id: 's', live: true });
        for (const { holders, waiters, former } of view.locks)
          expect(holders.length + waiters.length + former.filter(({ told }) => !told).length).toBeGreaterThan(0);
      }),
    );
  });
});
