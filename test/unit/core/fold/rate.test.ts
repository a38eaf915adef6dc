import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { rateOf, RATE_WINDOW_MS, withSample } from '#core/fold/rate.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { Sample, SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

const MIN = 60_000;
const samples = (...of: Sample[]): Sample[] =>
  of.reduce<Sample[]>((known, [ts, amount]) => withSample(known, ts, amount), []);

const perMinute = (series: Sample[][], now: number): number => MIN * (rateOf(series, now) ?? Number.NaN);

test('a rate is that of the last ten minutes, not before a minute has passed, and none where nothing was spent', () => {
  const steady = samples(...Array.from({ length: 60 }, (_, i): Sample => [i * MIN, i * 500]));
  expect(perMinute([steady], 59 * MIN)).toBeCloseTo(500);
  expect(perMinute([steady, steady], 59 * MIN)).toBeCloseTo(1000);
  expect(rateOf([samples([0, 0], [MIN - 2, 500])], MIN - 1)).toBeUndefined();
  expect(perMinute([samples([0, 0], [2 * MIN, 500])], 2 * MIN)).toBeCloseTo(250);
  expect(rateOf([steady], 80 * MIN)).toBeUndefined();
  expect(rateOf([samples([0, 500])], 5 * MIN)).toBeUndefined();
  expect(rateOf([[]], MIN)).toBeUndefined();
  // much before the window counts no more
  expect(perMinute([samples([0, 0], [MIN, 1_000_000], [30 * MIN, 1_000_600])], 30 * MIN)).toBeCloseTo(60);
});

test('what is spent again after a pause is spread over that time, and agents without a figure change nothing', () => {
  const paused = samples([0, 0], [2 * MIN, 600], [4 * MIN, 600]);
  expect(perMinute([paused], 4 * MIN)).toBeCloseTo(150);
  expect(perMinute([[], paused, []], 4 * MIN)).toBeCloseTo(150);
  // a rate shows from the first whole minute on, and is that of the last ten to the millisecond
  expect(perMinute([samples([0, 0], [MIN, 600])], MIN)).toBeCloseTo(600);
  expect(perMinute([samples([0, 0], [2 * MIN, 400], [11 * MIN, 1400])], 12 * MIN)).toBeCloseTo(100);
});

test.each<[what: string, minutes: number[], kept: number[]]>([
  ['closer together than a minute are one', [0, 0.5, 0.99, 1], [0, 1]],
  ['closer together than a minute are one, wherever that is', [0, 2, 4, 4.5, 4.9], [0, 2, 4, 4.9]],
  ['a minute apart are all kept', [0, 1, 2], [0, 1, 2]],
  ['of before the window are dropped, but for the newest of them', [0, 5, 15], [5, 15]],
  ['in the window are kept', [0, 5, 14.99], [0, 5, 14.99]],
])('samples %s: of minutes %j, %j', (_what, minutes, kept) => {
  const all = minutes.map((minute): Sample => [minute * MIN, minute]);
  expect(samples(...all).map(([ts]) => ts / MIN)).toEqual(kept);
});

test('few samples are kept however many there are, and the rate is that of all of them', () => {
  const step = fc.record({ ms: fc.nat({ max: 5 * MIN }), amount: fc.nat({ max: 10_000 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), (steps) => {
      let [ts, amount] = [0, 0];
      const all = steps.map(({ ms, amount: more }): Sample => [(ts += ms), (amount += more)]);
      const kept = samples(...all);
      expect(kept.length).toBeLessThanOrEqual(RATE_WINDOW_MS / MIN + 3);
      expect(kept.at(-1)).toEqual(all.at(-1));
      const rate = rateOf([kept], ts) ?? 0;
      // never more than what was spent since the sample before the window
      const since = all.findLast(([at]) => at <= ts - RATE_WINDOW_MS - MIN) ?? all[0];
      expect(rate * MIN * (RATE_WINDOW_MS / MIN)).toBeLessThanOrEqual((amount - (since?.[1] ?? 0)) * 10 + 1e-6);
      expect(rate).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a count that has sunk begins anew, and a line out of order changes no time', () => {
  expect(samples([0, 100], [MIN, 200], [2 * MIN, 50])).toEqual([[2 * MIN, 50]]);
  expect(samples([0, 100], [2 * MIN, 200], [MIN, 300])).toEqual([
    [0, 100],
    [2 * MIN, 200],
    [2 * MIN, 300],
  ]);
});

const view = (state: SessionState, now: number) =>
  toViewModel(decodeState(encodeState(state)) ?? expect.fail(), { now, silentSeconds: 60, id: 's', live: true });
const used = (worker: string | undefined, tokens: number, ts: number): object => {
  return { t: 'usage', worker, inputTokens: tokens, outputTokens: 0, source: 'transcript', ts };
};
const agent = (worker: string): object => ({ t: 'spawn', worker, kind: 'subagent', parent: 'conductor', task: worker });
const limit = (until: string, match?: object): object => {
  return { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'Spent.', until, match };
};

test('an agent and its session show their own rate with the time to their nearest limit, and nothing where it is not known', () => {
  const session = { t: 'session', session: 's', cwd: '/p' };
  const events = [session, agent('a1'), agent('a2'), used('a1', 40_000, T0 + 4 * MIN), used(undefined, 5000, T0 + MIN)];
  const now = T0 + 4 * MIN;
  const plain = view(fold(events), now);
  expect(plain.workers.map(({ spending }) => spending)).toEqual(['10k tokens a minute', undefined]);
  expect(plain.spending).toBe('10k tokens a minute');
  const limited = view(fold([...events, limit('budget:100k', { agent: '*' }), limit('budget:30m')]), now);
  expect(limited.workers[0]?.spending).toBe('10k tokens a minute, the nearest limit in about 6 min');
  expect(limited.spending).toMatch(/^10k tokens a minute, the nearest limit in about \d\d min$/);
  // an agent that has ended spends no more
  expect(view(fold([...events, { t: 'exit', worker: 'a1', code: 0 }]), now).workers[0]?.spending).toBeUndefined();
  expect(view(fold([agent('a1')]), now)).toMatchObject({ spending: undefined });
});

test('a window of the subscription counts as a limit by how fast it is used, unless it begins anew before', () => {
  const limits = (pct: number, ts: number, resetsTs: number): object => {
    return { t: 'usage', limits: [{ kind: 'five_hour', pct, resetsTs }], source: 'the status line', ts };
  };
  const spending = (resetsTs: number, ...more: object[]): string | undefined =>
    view(fold([...more, limits(40, T0, resetsTs), limits(50, T0 + 5 * MIN, resetsTs)]), T0 + 5 * MIN).spending;
  expect(spending(T0 + 60 * MIN)).toBe('the nearest limit in about 25 min');
  expect(spending(T0 + 60 * MIN, limit('reset:5h:80'))).toBe('the nearest limit in about 15 min');
  expect(spending(T0 + 20 * MIN)).toBeUndefined();
});
