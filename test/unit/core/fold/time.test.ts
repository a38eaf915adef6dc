import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueExpiries } from '#core/fold/expiries.ts';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { armedEvents } from '#core/session/armed.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

// The `ts` of a line is its own: it does not move the time of others by more than a minute.

const DAY = 86_400_000;
const turn = (ts: number): object => ({ t: 'turn', state: 'working', ts });
const ahead = { t: 'progress', worker: 'W1', pct: 1, ts: T0 + DAY };
const behind = { t: 'progress', worker: 'W1', pct: 1, ts: T0 - DAY };
/** As `echo` appends it. */
const block = {
  t: 'hook',
  worker: 'W2',
  event: 'PreToolUse',
  exit: 2,
  stderr: 'for two seconds',
  ttlMs: 2000,
  ts: undefined,
};
const denied = (ts: number): object => ({ t: 'denied', block: 'B1', tool: 'Bash', ts });

const isRefused = (state: SessionState, now: number): boolean =>
  activeBlocks(state, { event: 'PreToolUse', role: 'conductor', root: '/p' }, now).length > 0;

/** Whether a block is active after so many milliseconds, in the state as it is and as a snapshot keeps it. */
function expectActive(state: SessionState, until: number): void {
  for (const each of [state, decodeState(encodeState(state)) ?? state]) {
    expect(isRefused(each, until - 1)).toBe(true);
    expect(isRefused(each, until)).toBe(false);
  }
}

describe('a block for two seconds that has no time of its own', () => {
  test.each([
    ['no line before it', []],
    ['a line from a clock that is a day ahead', [ahead]],
    ['many lines from it', Array.from({ length: 5000 }, (_, i) => ({ ...ahead, ts: T0 + DAY + i * 1000 }))],
    ['a line from a clock that is a day behind', [behind]],
  ])('lasts so long from the next line of a hook on, after %s', (_name, lines) => {
    const state = fold([turn(T0), ...lines, block]);
    expect(isRefused(state, T0 + DAY)).toBe(true);
    fold([ahead, behind], state, 8000);
    expect(isRefused(state, T0 + DAY)).toBe(true);
    fold([denied(T0 + 5000)], state, 9000);
    expectActive(state, T0 + 7000);
  });

  test('also after a pause of a day in which only workers wrote', () => {
    const state = fold([turn(T0), ahead, block, denied(T0 + DAY + 1000)]);
    expectActive(state, T0 + DAY + 3000);
  });
});

test('a lease without a time counts from the hooks on, a minute more or less', () => {
  const acquire = { t: 'acquire', worker: 'W2', resource: 'db', ttlMs: 2000, ts: undefined };
  const state = fold([turn(T0), ahead, acquire]);
  const dueOf = (of: SessionState): number | undefined => of.locks.get('db')?.holders[0]?.dueTs;
  expect(dueOf(state)).toBe(T0 + 60_000 + 2000);
  // a clock that is behind takes no time back, be it that of a hook
  expect(dueOf(fold([turn(T0), behind, acquire]))).toBe(T0 + 2000);
  expect(dueOf(fold([turn(T0), turn(T0 - DAY), ahead, acquire]))).toBe(T0 + 60_000 + 2000);
  // where no hook has written, the time of other lines counts
  expect(dueOf(fold([{ ...ahead, ts: T0 }, acquire]))).toBe(T0 + 2000);
});

test('a line of a hook that has no time, as a foreign program may write it, begins the time of no block', () => {
  const state = fold([turn(T0), block, { ...denied(T0), ts: undefined }]);
  expect(isRefused(state, T0 + DAY)).toBe(true);
  fold([denied(T0 + 5000)], state, 9000);
  expectActive(state, T0 + 7000);
});

test('a block with a time of its own is not moved by others', () => {
  expectActive(fold([turn(T0), ahead, { ...block, ts: T0 + 1000 }, ahead, behind]), T0 + 3000);
});

test('a block that a clock which is ahead reports as run out stands until its time is over', () => {
  const state = fold([turn(T0), { ...block, ttlMs: 3_600_000, ts: T0 }]);
  fold([{ t: 'expire', what: 'block', ref: 'B1', seen: 100, ts: T0 + DAY }], state, 10);
  expect(armedEvents(state).has('PreToolUse')).toBe(true);
  expect(isRefused(state, T0 + 1_800_000)).toBe(true);
  expect(isRefused(state, T0 + 3_600_000)).toBe(false);
});

const HOUR = 3_600_000;
const MINUTE = 60_000;

describe('a block for ten minutes, where the clock is set back an hour', () => {
  const begun = (): SessionState => fold([turn(T0), { ...block, ttlMs: 10 * MINUTE, ts: T0 }]);
  const due = (state: SessionState, now: number) => dueExpiries(state, now, () => 'here');
  /** As a process does that looks again and again: it publishes what is due. */
  const look = (state: SessionState, now: number, pos: number): SessionState =>
    fold(
      due(state, now).map((event) => ({ ...event, ts: now })),
      state,
      pos,
    );

  test('ends once that clock has measured ten minutes', () => {
    const state = look(begun(), T0 - HOUR, 5000);
    expect(due(state, T0 - HOUR + 10 * MINUTE - 1)).toEqual([]);
    expect(isRefused(state, T0 - HOUR + 10 * MINUTE - 1)).toBe(true);
    for (const each of [state, decodeState(encodeState(state)) ?? state]) {
      look(each, T0 - HOUR + 10 * MINUTE, 6000);
      expect(isRefused(each, T0 - HOUR + 10 * MINUTE)).toBe(false);
    }
  });

  test('stands as long as it should where the clock is put right again', () => {
    const state = look(begun(), T0 - HOUR, 5000);
    expect(due(state, T0 + 10 * MINUTE - 1)).toEqual([]);
    expectActive(state, T0 + 10 * MINUTE);
  });

  test('is measured anew where it is renewed, and by each machine for itself', () => {
    const state = fold([turn(T0), { ...block, key: 'k', ttlMs: 10 * MINUTE, ts: T0 }]);
    look(state, T0 - HOUR, 5000);
    fold([{ ...block, key: 'k', ttlMs: 10 * MINUTE, ts: T0 + MINUTE }], state, 6000);
    expect(due(state, T0 - HOUR + 10 * MINUTE)).toHaveLength(1);
    fold([{ t: 'expire', what: 'block', ref: 'B1', seen: 6000, host: 'a', ts: T0 - 2 * HOUR }], state, 7000);
    look(state, T0 - HOUR + 10 * MINUTE, 8000);
    expect(isRefused(state, T0 - HOUR + 10 * MINUTE)).toBe(true);
  });

  test('a clock that is a little behind ends nothing early', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2 * HOUR, max: 10 * MINUTE - 1 }), { maxLength: 20 }), (offsets) => {
        const state = begun();
        let lived = 0;
        let last: number | undefined;
        for (const [i, offset] of offsets.entries()) {
          if (last !== undefined && offset > last) lived += offset - last;
          if (last === undefined || lived < 10 * MINUTE) {
            look(state, T0 + offset, 5000 + i * 1000);
            if (lived < 10 * MINUTE) expect(isRefused(state, T0 + offset)).toBe(true);
          }
          last = offset;
        }
      }),
    );
  });
});

/** A lock and a ballot for an hour, and how an `expire` names each. */
const ENDING: [what: string, event: object, isOpen: (state: SessionState) => boolean][] = [
  [
    'lock',
    { t: 'acquire', worker: 'W2', resource: 'db', id: 'ship', ttlMs: HOUR, ts: T0 },
    (state) => state.locks.get('db')?.holders.length === 1,
  ],
  [
    'ballot',
    { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2'], deadlineMs: HOUR, ts: T0 },
    (state) => state.ballots.get('ship')?.decided === undefined,
  ],
];

describe.each(ENDING)('a %s for an hour', (what, event, isOpen) => {
  const expire = (ts: number | undefined, host?: string): object => ({
    t: 'expire',
    what,
    ref: 'ship',
    seen: 100,
    ts,
    ...(host !== undefined && { host }),
  });
  const begun = (...lines: object[]): SessionState => fold([turn(T0), event, ...lines]);

  test.each([
    ['a line from a clock that is a day ahead', [expire(T0 + DAY)]],
    ['many lines from it', Array.from({ length: 5000 }, (_, i) => expire(T0 + DAY + i))],
    ['lines of several clocks', [expire(T0 + HOUR, 'a'), expire(T0 + DAY, 'b'), expire(T0 + 2 * DAY)]],
    ['a line without a time after one of a day ahead', [ahead, expire(undefined)]],
  ])('is not over by %s', (_name, lines) => {
    expect(isOpen(begun(...lines))).toBe(true);
  });

  test('is over once the hooks are there, a minute more or less, and no longer', () => {
    const early = begun(turn(T0 + HOUR - MINUTE - 1), expire(T0 + HOUR));
    expect(isOpen(early)).toBe(true);
    expect(isOpen(fold([turn(T0 + HOUR - MINUTE), expire(T0 + HOUR)], early, 9000))).toBe(false);
  });

  test('is over where the hooks are silent, once a clock has reported it twice, an hour apart', () => {
    const again = T0 + 2 * HOUR - MINUTE;
    const state = begun(expire(T0 + HOUR, 'a'), expire(again - 1, 'a'), expire(again, 'b'));
    expect(isOpen(state)).toBe(true);
    const kept = decodeState(encodeState(state)) ?? expect.fail('there is no snapshot');
    for (const each of [state, kept]) expect(isOpen(fold([expire(again, 'a')], each, 9000))).toBe(false);
  });

  test('is over by two reports that name no machine as well: they are of one', () => {
    const state = begun(expire(T0 + HOUR), expire(T0 + 2 * HOUR - MINUTE - 1));
    expect(isOpen(state)).toBe(true);
    expect(isOpen(fold([expire(T0 + 2 * HOUR - MINUTE)], state, 9000))).toBe(false);
  });

  test('is measured by the clocks of eight machines at most', () => {
    const hosts = Array.from({ length: 9 }, (_, i) => `h${i}`);
    const reported = (last: string): SessionState =>
      begun(...hosts.map((host) => expire(T0 + HOUR, host)), expire(T0 + 2 * HOUR, last));
    expect(['h0', 'h7', 'h8'].map((last) => isOpen(reported(last)))).toEqual([false, false, true]);
  });

  test('is not over by a clock that is a moment behind the hooks', () => {
    expect(isOpen(begun(turn(T0 + HOUR), expire(T0 + HOUR - 1)))).toBe(true);
  });

  test('is not doubted by a clock that is a minute behind', () => {
    const due = (now: number): number => dueExpiries(begun(), now, () => 'a').length;
    expect([due(T0 - MINUTE), due(T0 - MINUTE - 1)]).toEqual([0, 1]);
  });

  test('is reported by a clock once, and again only when that counts', () => {
    const state = begun();
    const due = (now: number, host: string): number => dueExpiries(state, now, () => host).length;
    expect([due(T0 + HOUR - 1, 'a'), due(T0 + HOUR, 'a')]).toEqual([0, 1]);
    fold(
      dueExpiries(state, T0 + HOUR, () => 'a').map((each) => ({ ...each, ts: T0 + HOUR })),
      state,
      8000,
    );
    expect(due(T0 + HOUR, 'a')).toBe(0);
    expect([due(T0 + HOUR + 1, 'a'), due(T0 + HOUR + 1, 'b'), due(T0 + 2 * HOUR - MINUTE, 'a')]).toEqual([0, 1, 1]);
    fold([turn(T0 + HOUR)], state, 9000);
    expect(due(T0 + HOUR + 1, 'a')).toBe(1);
  });

  test('is over by each clock where no hook has written', () => {
    expect(isOpen(fold([{ ...ahead, ts: T0 }, event, expire(T0 + HOUR - 1)]))).toBe(true);
    expect(isOpen(fold([{ ...ahead, ts: T0 }, event, expire(T0 + HOUR)]))).toBe(false);
  });

  test('is never over more than a minute early, whatever the clocks of those who report it', () => {
    const hosts = fc.array(fc.integer({ min: -DAY, max: DAY }), { minLength: 1, maxLength: 3 });
    const step = fc.record({ afterMs: fc.integer({ min: 0, max: HOUR / 4 }), host: fc.nat({ max: 3 }) });
    fc.assert(
      fc.property(hosts, fc.array(step, { maxLength: 40 }), (offsets, steps) => {
        const state = begun();
        let now = T0;
        for (const [i, { afterMs, host }] of steps.entries()) {
          now += afterMs;
          const offset = offsets[host];
          fold([offset === undefined ? turn(now) : expire(now + offset, `h${host}`)], state, 100 + i);
          if (now < T0 + HOUR - MINUTE) expect(isOpen(state)).toBe(true);
        }
      }),
    );
  });
});

test('a lease that was renewed is reported anew', () => {
  const acquire = { t: 'acquire', worker: 'W2', resource: 'db', id: 'a', ttlMs: HOUR };
  const expire = (seen: number, ts: number): object => ({ t: 'expire', what: 'lock', ref: 'a', seen, ts, host: 'x' });
  const state = fold([turn(T0), { ...acquire, ts: T0 }, expire(100, T0 + HOUR), { ...acquire, ts: T0 + HOUR }]);
  fold([expire(100, T0 + 2 * HOUR), expire(300, T0 + 2 * HOUR)], state, 50);
  expect(state.locks.get('db')?.holders).toHaveLength(1);
});

test('a lease of a minute is over at once: no line moves it by more', () => {
  const acquire = { t: 'acquire', worker: 'W2', resource: 'db', id: 'a', ttlMs: MINUTE, ts: T0 };
  const state = fold([turn(T0), acquire, { t: 'expire', what: 'lock', ref: 'a', seen: 100, ts: T0 + MINUTE }]);
  expect(state.locks.get('db')?.holders).toEqual([]);
});

describe.each(ENDING)('a %s for an hour whose clock was set back by two', (_what, event, isOpen) => {
  const BACK = T0 - 2 * HOUR;
  /** The reports of one clock, as often as it has something to report. */
  function report(state: SessionState, now: number, host = 'a'): number {
    const due = dueExpiries(state, now, () => host);
    fold(
      due.map((each) => ({ ...each, ts: now })),
      state,
      8000 + (now - BACK),
    );
    return due.length;
  }
  const begun = (host?: string): SessionState => fold([turn(T0), { ...event, ...(host !== undefined && { host }) }]);

  test('is over once that clock has measured its time, and no earlier', () => {
    const state = begun();
    expect([report(state, BACK), report(state, BACK + 1), report(state, BACK + HOUR - 1)]).toEqual([1, 0, 0]);
    expect(isOpen(state)).toBe(true);
    const kept = decodeState(encodeState(state)) ?? expect.fail('there is no snapshot');
    for (const each of [state, kept]) {
      expect(report(each, BACK + HOUR)).toBe(1);
      expect(isOpen(each)).toBe(false);
    }
  });

  test('is measured anew where the clock is set back once more', () => {
    const state = begun();
    report(state, BACK);
    expect([report(state, BACK - HOUR), report(state, BACK - 1)]).toEqual([1, 0]);
    expect(isOpen(state)).toBe(true);
    report(state, BACK);
    expect(isOpen(state)).toBe(false);
  });

  test('is over at its own time where the clock is put right in between', () => {
    const state = begun();
    report(state, BACK);
    expect(report(state, T0 + HOUR - 1)).toBe(0);
    // nor where it is put too far forward
    expect([report(state, T0 + HOUR), isOpen(state)]).toEqual([1, true]);
    fold([turn(T0 + HOUR)], state, 7000);
    report(state, T0 + HOUR + 1);
    expect(isOpen(state)).toBe(false);
  });

  test('is over no earlier by what another clock has measured', () => {
    const state = begun();
    report(state, BACK, 'a');
    // that one begins to measure
    expect([report(state, BACK + HOUR, 'b'), isOpen(state)]).toEqual([1, true]);
  });
});

test('a lease of another machine whose clock is ahead has just another clock', () => {
  const acquire = { t: 'acquire', worker: 'W2', resource: 'db', id: 'a', ttlMs: HOUR, host: 'other', ts: T0 + DAY };
  const state = fold([turn(T0), acquire]);
  expect(dueExpiries(state, T0, () => 'a')).toEqual([]);
  expect(dueExpiries(state, T0, () => 'other')).toHaveLength(1);
});

test('a lease that is renewed after its clock was set back stays, and has its usual length', () => {
  const acquire = { t: 'acquire', worker: 'W2', resource: 'db', id: 'a', ttlMs: 2000, host: 'a' };
  const state = fold([turn(T0), { ...acquire, ts: T0 }]);
  const [first] = dueExpiries(state, T0 - HOUR, () => 'a');
  fold(
    [
      { ...first, ts: T0 - HOUR },
      { ...acquire, ts: T0 - HOUR + 500 },
    ],
    state,
    5000,
  );
  expect(dueExpiries(state, T0 - HOUR + 2499, () => 'a')).toEqual([]);
  const [second] = dueExpiries(state, T0 - HOUR + 2500, () => 'a');
  fold([{ ...second, ts: T0 - HOUR + 2500 }], state, 9000);
  expect(state.locks.get('db')?.holders).toEqual([]);
});
