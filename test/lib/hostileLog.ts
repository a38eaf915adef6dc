import fc from 'fast-check';

/** Names that objects have by themselves, halves of characters, paths, long and empty ones. */
const name = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'W1', 'W2', 'all', 'B1', 'user'),
  fc.constantFrom('', '.', '..', '../x', '\ud800', '\u202e', '\0', 'a'.repeat(64), 'n'.repeat(2000), 'conductor'),
);

const number = fc.oneof(
  fc.constantFrom(0, -1, -0, 1e308, 5e-324, 2 ** 53, 2 ** 31, Date.UTC(2199, 0, 1), Date.UTC(2000, 0, 2), 0.5),
  fc.integer(),
);

const text = fc.oneof(
  name,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '/a'.repeat(20_000),
    '*'.repeat(3000),
    '**/'.repeat(3000),
    '{workers}'.repeat(5000),
    'x'.repeat(60_000),
    '$('.repeat(2000),
    '{workers}',
  ),
);

const deep = (levels: number): unknown => {
  let value: unknown = 0;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

const condition = fc.oneof(
  fc
    .tuple(fc.constantFrom('done', 'ok', 'checkpoint', 'free', 'decided', 'agreed', 'clear', 'x'), name)
    .map(([kind, of]) => `${kind}:${of}`),
  fc.constantFrom('done:all', 'ok:all', 'done', 'ok', 'clear:B2', 'clear:B3', 'clear:B999999999'),
);

/** A field as it should be, or anything. */
const odd = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: value },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom(deep(100), deep(499)) },
  );

const optional = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.option(odd(value), { nil: undefined });
const match = fc.record({ tool: optional(text), path: optional(text), command: optional(text) });
const until = fc.oneof(condition, fc.array(condition, { maxLength: 70 }));
const hookEvent = fc.constantFrom('PreToolUse', 'Stop', 'PostToolUse', 'UserPromptSubmit', 'PermissionRequest');
const guard = fc.record({
  event: optional(hookEvent),
  tool: optional(text),
  path: optional(text),
  until: optional(until),
});

/** The fields that events have, each with its own kind of value or with something else. */
const FIELDS: Record<string, fc.Arbitrary<unknown>> = {
  ts: number,
  id: name,
  worker: name,
  to: name,
  agent: name,
  session: name,
  event: hookEvent,
  exit: fc.constantFrom(0, 1, 2),
  code: fc.constantFrom(0, 1, null),
  lost: fc.boolean(),
  stderr: text,
  message: text,
  text,
  task: text,
  match,
  until,
  ttlMs: number,
  etaMs: number,
  pct: number,
  key: name,
  name,
  resource: fc.oneof(
    name,
    text.map((path) => `file:${path}`),
  ),
  mode: fc.constantFrom('shared', 'exclusive'),
  wait: fc.boolean(),
  ballot: name,
  voters: fc.array(name, { maxLength: 300 }),
  quorum: number,
  rule: fc.oneof(text, number),
  decision: fc.constantFrom('proceed', 'abort', '__proto__', 'start', 'refuse'),
  deadlineMs: number,
  run: fc.constantFrom('R1', 'R2', '__proto__'),
  sha256: name,
  workers: fc.array(
    fc.record({
      worker: name,
      task: optional(text),
      after: optional(fc.array(condition)),
      guard: optional(fc.array(guard)),
    }),
    { maxLength: 50 },
  ),
  state: fc.constantFrom('working', 'idle', 'waiting'),
  critical: fc.boolean(),
  json: fc.jsonValue({ maxDepth: 4 }),
  ref: number,
  hook: name,
  tool: text,
  summary: text,
  ask: name,
  file: text,
  other: name,
  level: fc.constantFrom('escalate', 'error', 'warn'),
  format: fc.constantFrom(1, 0),
  nonce: name,
  pid: number,
};

/** Every event but those by which somebody ends or takes over what others have said. */
const TYPES = (
  'open session turn prompt plan consent spawn progress checkpoint done error exit handoff ballot vote acquire release ' +
  'hook denied held delivered ask answer usage tell watch tool abort collision dismiss log __proto__ toString later'
).split(' ');

const hostileEvent = fc
  .tuple(
    fc.constantFrom(...TYPES),
    fc.record(Object.fromEntries(Object.entries(FIELDS).map(([field, value]) => [field, optional(value)]))),
  )
  .map(([t, fields]) => JSON.stringify({ t, ...fields }));

/** A line of a log as nobody should write it. Nothing in it ends a block of a worker that it does not name. */
export const hostileLine: fc.Arbitrary<string> = fc.oneof(
  { weight: 30, arbitrary: hostileEvent },
  { weight: 1, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((line) => line.replaceAll(/[\r\n]/g, ' ')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '['.repeat(100_000),
      '{"__proto__":{"t":"hook"}}',
      '{"t":"hook","__proto__":{"worker":"W1"}}',
      `{"t":"log","level":"warn","message":"${'x'.repeat(1 << 20)}"}`,
      '\0\0\0\0',
      '{"t":"exit","worker":"W1","code":NaN}',
    ),
  },
);
