import fc from 'fast-check';
import { T0 } from '#test/unit/core/fold/world.ts';

const worker = fc.constantFrom('W1', 'W2', 'W3');
const resource = fc.constantFrom('db', 'file:a.ts');
const id = fc.constantFrom('a', 'b', 'c', 'd');
const condition = fc.constantFrom(
  'done:W1',
  'ok:W2',
  'done:all',
  'checkpoint:ready',
  'free:db',
  'decided:ship',
  'agreed:ship',
  'clear:B1',
  'done',
);
const opt = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Any event that a small world of three workers, two resources and one ballot may see, in any order. */
const event = fc.oneof(
  fc.record({ t: fc.constant('spawn'), worker, pid: opt(fc.integer({ min: 1, max: 99 })) }),
  fc.record({ t: fc.constant('progress'), worker, pct: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ t: fc.constant('done'), worker }),
  fc.record({ t: fc.constant('exit'), worker, code: fc.constantFrom(0, 1), lost: opt(fc.constant(true)) }),
  fc.record({ t: fc.constant('abort'), worker, by: fc.constant('user') }),
  fc.record({ t: fc.constant('checkpoint'), worker, name: fc.constant('ready') }),
  fc.record({
    t: fc.constant('acquire'),
    worker,
    resource,
    id,
    wait: fc.boolean(),
    mode: opt(fc.constantFrom('shared', 'exclusive')),
    ttlMs: opt(fc.constant(3000)),
  }),
  fc.record({ t: fc.constant('release'), worker, resource, id: opt(id), by: opt(fc.constant('user')) }),
  fc.record({
    t: fc.constant('expire'),
    what: fc.constantFrom('lock', 'ballot', 'block'),
    ref: fc.constantFrom('a', 'b', 'ship', 'B1', 'B2'),
    seen: fc.nat(40).map((n) => n * 100),
  }),
  fc.record({
    t: fc.constant('ballot'),
    ballot: fc.constant('ship'),
    voters: opt(fc.constant(['W1', 'W2', 'W3'])),
    quorum: opt(fc.integer({ min: 1, max: 3 })),
    rule: opt(fc.constantFrom('majority', 'unanimous', 0.66)),
    deadlineMs: opt(fc.constant(5000)),
  }),
  fc.record({
    t: fc.constant('vote'),
    worker,
    decision: fc.constantFrom('proceed', 'abort'),
    ballot: fc.constant('ship'),
  }),
  fc.record({
    t: fc.constant('hook'),
    worker,
    event: fc.constantFrom('PreToolUse', 'Stop', 'PostToolUse', 'UserPromptSubmit'),
    exit: fc.constantFrom(0, 1, 2),
    message: fc.constant('said'),
    until: opt(condition),
    ttlMs: opt(fc.constant(4000)),
    key: opt(fc.constantFrom('k')),
  }),
  fc.record({
    t: fc.constant('unblock'),
    block: fc.constantFrom('B1', 'B2', 'all'),
    by: fc.constantFrom('user', 'W1'),
  }),
  fc.record({
    t: fc.constant('resolve'),
    block: fc.constantFrom('B1', 'B2'),
    by: fc.constant('conductor'),
    word: fc.constant('mended'),
  }),
  fc.record({ t: fc.constant('error'), worker, message: fc.constant('disk full'), critical: fc.boolean() }),
  fc.record({ t: fc.constant('delivered'), ref: fc.nat(40).map((n) => n * 100), hook: fc.constantFrom('h1', 'h2') }),
  fc.record({
    t: fc.constant('claim'),
    ref: fc.nat(40).map((n) => n * 100),
    hook: fc.constantFrom('h1', 'h2'),
    over: opt(fc.constantFrom('h1', 'h2')),
  }),
  fc.record({
    t: fc.constant('plan'),
    run: fc.constantFrom('R1', 'R2'),
    sha256: fc.constant('x'),
    workers: fc.constant([
      { worker: 'W1' },
      { worker: 'W2', after: ['ok:W1'] },
      { worker: 'W3', guard: [{ tool: 'Read' }] },
    ]),
  }),
  fc.record({ t: fc.constant('turn'), state: fc.constantFrom('working', 'idle') }),
  fc.record({ t: fc.constant('future'), worker }),
);

/** A log as lines: position, time (mostly growing, sometimes missing), value. */
export const world = fc
  .array(fc.tuple(event, fc.integer({ min: -500, max: 2000 })), { maxLength: 40 })
  .map((entries) => {
    let ts = T0;
    return entries.map(([value, step], i) => {
      ts += step;
      return { pos: i * 100, value: { ...value, ...(step % 7 === 0 ? {} : { ts }) } };
    });
  });

/** Length of each line of `file`, in bytes. */
export const LINE = 400;
/** A position in a world, whose lines are 100 apart, as the position in `file`, which has an `open` line before. */
const position = (pos: unknown): unknown => (typeof pos === 'number' ? pos * (LINE / 100) + LINE : pos);

/** A world as the bytes of a real log, every line equally long. */
export const file = world.map((lines) => {
  const open = { t: 'open', format: 1, nonce: 'n' };
  const values = lines.map(({ value }) => {
    const { seen, ref } = value as { seen?: unknown; ref?: unknown };
    return {
      ...value,
      ...(seen === undefined ? {} : { seen: position(seen) }),
      ...(ref === undefined ? {} : { ref: position(ref) }),
    };
  });
  return Buffer.from([open, ...values].map((value) => `${JSON.stringify(value).padEnd(LINE - 1)}\n`).join(''));
});
