import fc from 'fast-check';
import { expect, test } from 'vitest';
import { waitingBill, type CallSpan } from '#core/history/timeline/waitingBill.ts';
import type { TimelineLane, TimelineSpan } from '#protocol/timeline.ts';
import { greatestSaving } from '#protocol/waitingBill.ts';
import { viewOf } from '#test/lib/timelineStory.ts';

const ENDED = { session: { id: 's', title: 's', live: false } };

/** The bill of some events, each part as `kind name seconds`. */
function billOf(events: [at: number, event: object][], calls?: [tool: string, from: number, to: number][]): string[] {
  const view = viewOf([[0, { t: 'session', session: 's' }], ...events], ENDED);
  const spans = calls?.map(([tool, from, to]): CallSpan => {
    return { tool, from: view.startTs + 1000 * from, to: view.startTs + 1000 * to };
  });
  const { parts, totalMs } = waitingBill(view, spans);
  expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBe(totalMs);
  return parts.map(({ kind, name, ms }) => [kind, name, ms / 1000].filter((part) => part !== undefined).join(' '));
}

const WORK: [number, object] = [0, { t: 'turn', state: 'working' }];
const held = (block: string, at: number, ms?: number): [number, object] => [
  at,
  { t: 'held', block, tool: 'Read', id: 'h', call: 'c', ...(ms === undefined ? {} : { ms }) },
];

test('the work of Claude is one part, or model and tools where the transcript has its calls', () => {
  const turn: [number, object][] = [WORK, [60, { t: 'turn', state: 'idle' }]];
  expect(billOf(turn)).toEqual(['claude 60']);
  expect(
    billOf(turn, [
      ['Bash', 10, 30],
      ['Read', 25, 35],
      ['Bash', 50, 55],
    ]),
  ).toEqual(['model 30', 'tool Bash 25', 'tool Read 5']);
  expect(billOf(turn, [['Bash', 50, 90]])).toEqual(['model 50', 'tool Bash 10']);
});

test('a held call waits for the worker of the block, and for what that one waits for in turn', () => {
  expect(
    billOf([
      WORK,
      [1, { t: 'spawn', worker: 'W1', pid: 1 }],
      [1, { t: 'spawn', worker: 'W2', pid: 2 }],
      [2, { t: 'acquire', worker: 'W2', resource: 'db', id: 'a' }],
      [5, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'x', until: 'done:W1' }],
      held('B1', 10),
      [20, { t: 'acquire', worker: 'W1', resource: 'db', id: 'b', wait: true }],
      [50, { t: 'release', worker: 'W2', resource: 'db' }],
      [60, { t: 'exit', worker: 'W1', code: 0 }],
      held('B1', 60, 50_000),
      [70, { t: 'turn', state: 'idle' }],
    ]),
  ).toEqual(['lock db 30', 'claude 20', 'worker W1 20']);
});

test('a lock, a ballot and the person are parts of their own', () => {
  expect(
    billOf([
      WORK,
      [1, { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, stderr: 'wait', key: 'pause' }],
      held('B1', 10),
      [30, { t: 'unblock', block: 'B1', by: 'user' }],
      held('B1', 30, 20_000),
      [40, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'x', until: 'decided:ship' }],
      held('B2', 50),
      [55, { t: 'unblock', block: 'B2', by: 'user' }],
      held('B2', 55, 5000),
      [60, { t: 'turn', state: 'waiting', reason: 'Bash' }],
      [67, { t: 'turn', state: 'working' }],
      [68, { t: 'turn', state: 'idle' }],
    ]),
  ).toEqual(['claude 36', 'answer 27', 'vote ship 5']);
});

test('an idle Claude waits for the worker that ends last, then for the next prompt', () => {
  const events: [number, object][] = [
    WORK,
    [1, { t: 'spawn', worker: 'W1', pid: 1 }],
    [1, { t: 'spawn', worker: 'W2', pid: 2 }],
    [10, { t: 'turn', state: 'idle' }],
    [30, { t: 'exit', worker: 'W1', code: 0 }],
    [40, { t: 'exit', worker: 'W2', code: 0 }],
    [90, { t: 'turn', state: 'working' }],
    [95, { t: 'turn', state: 'idle' }],
  ];
  expect(billOf(events)).toEqual(['prompt 50', 'worker W2 30', 'claude 15']);
  const view = viewOf([[0, { t: 'session', session: 's' }], ...events], ENDED);
  // without W2 the session would have waited for W1
  expect(greatestSaving(waitingBill(view))).toMatchObject({ kind: 'worker', name: 'W2', savedMs: 10_000 });
});

test('a planned worker waits for the one before it', () => {
  expect(
    billOf([
      WORK,
      [
        0,
        {
          t: 'plan',
          run: 'R1',
          sha256: 'x',
          workers: [{ worker: 'W1' }, { worker: 'W2', after: ['ok:W1'], guard: [{ tool: 'Read' }] }],
        },
      ],
      [0, { t: 'spawn', worker: 'W1', pid: 1 }],
      held('B1', 0),
      [30, { t: 'exit', worker: 'W1', code: 0 }],
      [30, { t: 'spawn', worker: 'W2', pid: 2 }],
      [40, { t: 'exit', worker: 'W2', code: 0 }],
      held('B1', 40, 40_000),
      [41, { t: 'turn', state: 'idle' }],
    ]),
  ).toEqual(['worker W1 30', 'worker W2 10', 'claude 1']);
});

const KINDS = ['working', 'idle', 'held', 'waiting', 'running', 'planned', 'denied', 'mixed'] as const;
const awaited = fc.option(
  fc.record({
    kind: fc.constantFrom('worker' as const, 'lock' as const, 'vote' as const, 'answer' as const),
    name: fc.constantFrom('W1', 'W2', 'W3', 'nobody'),
  }),
  { nil: undefined },
);
const row = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...KINDS),
      gap: fc.nat(50),
      length: fc.nat(100),
      awaits: awaited,
      open: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((spans) => {
    let at = 1000;
    return spans.map(({ kind, gap, length, awaits, open }, i): TimelineSpan => {
      const from = at + gap;
      at = from + length;
      const isOpen = open && i === spans.length - 1;
      return { kind, from, pos: i, ...(isOpen ? {} : { to: at }), ...(awaits === undefined ? {} : { awaits }) };
    });
  });
const calls = fc
  .array(
    fc.record({
      tool: fc.constantFrom('Bash', 'Read'),
      from: fc.integer({ min: 900, max: 2500 }),
      length: fc.nat(200),
    }),
    { maxLength: 20 },
  )
  .map((all) =>
    all.map(({ tool, from, length }) => ({ tool, from, to: from + length })).toSorted((a, b) => a.from - b.from),
  );

test('the parts of any timeline add up to the whole, to the millisecond, and none saves more than it took', () => {
  fc.assert(
    fc.property(
      fc.tuple(row, row, row, row),
      fc.option(calls, { nil: undefined }),
      fc.nat(3000),
      fc.boolean(),
      (rows, all, length, live) => {
        const ids = ['conductor', 'W1', 'W2', 'W3'];
        const lanes = rows.map((states, i): TimelineLane => ({ id: ids[i] ?? '', rows: [states], marks: [] }));
        const view = { lanes, startTs: 1000, endTs: 1000 + length, generatedTs: 5000, session: { live } };
        const { parts, totalMs } = waitingBill(view, all);
        expect(totalMs).toBe(live ? 4000 : length);
        expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBe(totalMs);
        for (const { ms, savedMs } of parts) {
          expect(ms).toBeGreaterThan(0);
          expect(savedMs).toBeLessThanOrEqual(ms);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
