import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueExpiries } from '#core/fold/expiries.ts';
import { COUNTS } from '#core/fold/limits.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import type { Line } from '#core/log/lineReader.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

const foldLines = (lines: Line[]): SessionState => lines.reduce(reduce, emptyState());

const worker = fc.constantFrom('W1', 'W2', 'conductor', 'user');
const resource = fc.constantFrom('db', 'file:a', 'file:a/b');
const id = fc.constantFrom('x', 'y');
const event: fc.Arbitrary<object> = fc.oneof(
  fc.record({ t: fc.constant('acquire'), worker, resource, id, ttlMs: fc.constant(1000), wait: fc.boolean() }),
  fc.record({ t: fc.constant('release'), worker, resource }),
  fc.record({ t: fc.constant('progress'), worker, pct: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ t: fc.constant('hook'), worker, event: fc.constant('PreToolUse'), exit: fc.constant(2), key: id }),
  fc.record({ t: fc.constant('hook'), worker, event: fc.constant('PostToolUse'), exit: fc.constant(0), message: id }),
  fc.record({ t: fc.constant('vote'), worker, decision: fc.constantFrom('proceed', 'abort'), ballot: id }),
  fc.record({ t: fc.constant('done'), worker }),
  fc.record({ t: fc.constant('tell'), by: worker, to: worker, text: id }),
  fc.record({ t: fc.constantFrom('taken', 'later') }),
  fc.record({ t: fc.constant('spawn'), worker, pid: fc.constant('no number') }),
);
/** A line of the seat, or the next one of an outbox. */
const written = fc.record({
  event,
  via: fc.option(fc.constantFrom('gpu1/a', 'gpu1/b', 'gpu2/a'), { nil: undefined }),
  /** Which lines come again after it: so many lines back. */
  again: fc.array(fc.nat({ max: 5 }), { maxLength: 2 }),
});

test('the fold of a log with lines of other machines that came twice is that of the log without', () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 40 }), (log) => {
      const ends = new Map<string, number>();
      const lines = log.map(({ event, via }, i): Line => {
        const value: Record<string, unknown> = { ts: T0 + i * 1000, ...event };
        if (via !== undefined) {
          ends.set(via, (ends.get(via) ?? 0) + 10);
          Object.assign(value, { via, off: ends.get(via) });
        }
        return { pos: i * 100, value };
      });
      const doubled = lines.flatMap((line, i) => [
        line,
        ...(log[i]?.again ?? []).flatMap((back, n): Line[] => {
          const earlier = lines[i - back];
          if (earlier === undefined || !('value' in earlier) || log[i - back]?.via === undefined) return [];
          return [{ pos: line.pos + n + 1, value: structuredClone(earlier.value) }];
        }),
      ]);
      const once = foldLines(structuredClone(lines));
      expect(foldLines(structuredClone(doubled))).toEqual(once);
      expect([...once.machines]).toEqual([...ends]);
      expect(decodeState(encodeState(once))?.machines).toEqual(once.machines);
    }),
  );
});

test('only a whole number that lies beyond marks a line as taken; anything else is a line of this machine', () => {
  const via = 'gpu1/a';
  const state = fold([
    { t: 'log', level: 'info', message: '1', via, off: 10 },
    { t: 'log', level: 'info', message: '2', via },
    ...[Infinity, 10.5, '99', -1e16, null].map((off) => ({ t: 'log', level: 'info', message: '3', via, off })),
    { t: 'log', level: 'info', message: '4', via: 7, off: 99 },
    { t: 'log', level: 'info', message: '5', via: 'x'.repeat(301), off: 99 },
    { t: 'log', level: 'info', message: 'twice', via, off: 10 },
    { t: 'log', level: 'info', message: 'none', via, off: -5 },
  ]);
  expect([...state.machines]).toEqual([[via, 10]]);
  expect(state.events).toBe(9);
  for (const value of [null, 5, 'text', [], true]) reduce(state, { pos: 5000, value });
  expect(state.events).toBe(9);
});

test('outboxes are bounded: a further one has no effect and is counted', () => {
  const state = emptyState();
  for (let i = 0; i < COUNTS.outboxes; i++) state.machines.set(`m/${i}`, 1);
  fold([{ t: 'progress', worker: 'W1', via: 'm/new', off: 10 }], state);
  fold([{ t: 'progress', worker: 'W2', via: 'm/1', off: 10 }], state);
  expect(state.workers.has('W1')).toBe(false);
  expect(state.workers.has('W2')).toBe(true);
  expect([...state.damaged]).toEqual([[`left out: more than ${COUNTS.outboxes} outboxes of other machines`, 1]]);
});

test('a worker belongs to the machine of its plan, or to the first that publishes as it', () => {
  const state = fold([
    { t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W1', machine: 'gpu1' }, { worker: 'W2' }] },
    { t: 'progress', worker: 'W2', via: 'gpu1/a', off: 10 },
    { t: 'progress', worker: 'W3', via: 'gpu2/a', off: 10 },
    { t: 'progress', worker: 'W4' },
  ]);
  expect([...state.workers.values()].map(({ machine }) => machine)).toEqual(['gpu1', undefined, 'gpu2', undefined]);
});

test('leases from an outbox are due only for a caller that has all that was published there', () => {
  const lease = { t: 'acquire', ttlMs: 1000, wait: true };
  const state = fold([
    { ...lease, worker: 'W1', resource: 'a', id: 'here' },
    { ...lease, worker: 'W2', resource: 'b', id: 'there', via: 'gpu1/a', off: 10 },
    { ...lease, worker: 'W3', resource: 'b', id: 'queued', via: 'gpu2/a', off: 10 },
  ]);
  const due = (isDrained?: (via: string) => boolean) =>
    dueExpiries(state, T0 + 60_000, undefined, isDrained).map(({ ref }) => ref);
  expect(due()).toEqual(['here']);
  expect(due((via) => via === 'gpu1/a')).toEqual(['here', 'there']);
  expect(due(() => true)).toEqual(['here', 'there', 'queued']);
  // renewed from another outbox of that machine, it waits for that one
  fold([{ ...lease, worker: 'W2', resource: 'b', id: 'there', via: 'gpu1/b', off: 10 }], state, 10);
  expect(due((via) => via === 'gpu1/a')).toEqual(['here']);
});

test('a claim that is given back leaves the note to the next reader, and only its own claim is given back', () => {
  const state = fold([
    { t: 'tell', by: 'W1', to: 'conductor', text: 'news' },
    { t: 'claim', ref: 0, hook: 'one' },
    { t: 'delivered', ref: 0, hook: 'two', not: true },
  ]);
  expect(state.notes.get(0)?.claim?.hook).toBe('one');
  fold([{ t: 'delivered', ref: 0, hook: 'one', not: true }], state, 3);
  expect(state.notes.get(0)?.claim).toBeUndefined();
  expect(state.notes.get(0)?.deliveredBy).toBeUndefined();
  fold(
    [
      { t: 'claim', ref: 0, hook: 'two' },
      { t: 'delivered', ref: 0, hook: 'two' },
      { t: 'delivered', ref: 0, hook: 'two', not: true },
    ],
    state,
    4,
  );
  expect(state.notes.get(0)?.deliveredBy).toBe('two');
  fold([{ t: 'delivered', ref: 0, hook: 'two', not: 'yes' }], state, 8);
  expect([...state.damaged.keys()]).toEqual(['delivered: "not" is missing or not what it should be']);
});
