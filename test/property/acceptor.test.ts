import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptor } from '../../src/protocol/acceptor.ts';
import { eventSchemas, type EventType } from '../../src/protocol/event.ts';
import { world } from './worlds.ts';

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    undefined,
    null,
    NaN,
    Infinity,
    -1,
    Number.MAX_VALUE,
    2 ** 53,
    '',
    '..',
    'W1',
    'B1',
    ['W1'],
    {},
    'PreToolUse',
    0.5,
    'x'.repeat(1100),
  ),
);
const types = Object.keys(eventSchemas) as EventType[];

test('the quick way accepts exactly what the schemas accept, for every type and any field turned odd', () => {
  const quick = new Map(types.map((t) => [t, acceptor(eventSchemas[t])]));
  fc.assert(
    fc.property(
      world,
      fc.constantFrom(...types),
      fc.dictionary(fc.constantFrom(...fieldNames()), odd),
      (lines, type, fields) => {
        const values = [
          ...lines.map((line) => line.value),
          { t: type, ...fields },
          ...lines.map((line) => ({ ...line.value, ...fields })),
        ];
        for (const value of values) {
          const t = (value as { t: string }).t as EventType;
          if (!quick.has(t)) continue;
          expect(quick.get(t)?.(value), JSON.stringify(value)).toBe(eventSchemas[t].safeParse(value).success);
        }
      },
    ),
    { numRuns: 400 },
  );
});

/** Every field that any event has. */
function fieldNames(): string[] {
  return [...new Set(types.flatMap((t) => Object.keys(eventSchemas[t]._zod.def.shape)))].filter((name) => name !== 't');
}

test('no schema is of a kind that the quick way does not know: a valid event of each type is accepted', () => {
  const valid: Partial<Record<EventType, object>> = {
    open: { format: 1, nonce: 'x' },
    session: { session: 's' },
    turn: { state: 'idle' },
    plan: { run: 'R1', sha256: 'x', workers: [{ worker: 'W1', guard: [{ tool: 'Read', until: ['done'] }] }] },
    done: {},
    ballot: { ballot: 'a', rule: 0.5, voters: ['W1'] },
    vote: { worker: 'W1', decision: 'proceed' },
    hook: { worker: 'W1', event: 'Stop', exit: 2, match: { tool: 'x' }, json: { a: 1 }, until: 'done' },
    exit: { worker: 'W1', code: null, signal: null },
    expire: { what: 'lock', ref: 'a', seen: 0 },
    log: { level: 'info', message: 'x' },
  };
  for (const [t, fields] of Object.entries(valid))
    expect(acceptor(eventSchemas[t as EventType])({ t, ...fields }), t).toBe(true);
});
