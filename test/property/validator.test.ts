import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { compileValidator, firstError } from '#protocol/compileValidator.ts';
import { eventSchemas, type EventType } from '#protocol/event.ts';
import * as files from '#protocol/fileFormats.ts';
import { jsonSchemaOf, type JsonSchema } from '#protocol/jsonSchema.ts';
import { fromPanel, fromTimeline } from '#protocol/messages.ts';
import { claudeLine, hookPayload } from '#protocol/payload.ts';
import { rule, rulesFile } from '#protocol/rules.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { settingSchemas } from '#protocol/settings.ts';
import { world } from './worlds.ts';

const { plan, sessionInfo, runnerInfo, approvals, installRecord } = files;
const schemas: Record<string, z.core.$ZodType> = {
  ...Object.fromEntries(Object.entries(eventSchemas).map(([t, schema]) => [`event ${t}`, schema])),
  ...Object.fromEntries(
    // whether a value may be missing is decided by the object around it
    Object.entries(settingSchemas).map(([name, schema]) => [`setting ${name}`, z.object({ [name]: schema })]),
  ),
  fromPanel,
  fromTimeline,
  claudeLine,
  hookPayload,
  rule,
  rulesFile,
  plan,
  sessionInfo,
  runnerInfo,
  approvals,
  installRecord,
};
const forms = Object.entries(schemas).map(([name, schema]) => ({ name, schema, json: jsonSchemaOf(schema) }));

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    undefined,
    null,
    NaN,
    Infinity,
    -1,
    -0.5,
    Number.MAX_VALUE,
    2 ** 53,
    '',
    '..',
    'W1',
    'B1',
    'two\nlines',
    ['W1'],
    {},
    'PreToolUse',
    'x'.repeat(1100),
  ),
);

/** Values that resemble what a schema accepts, and often are that: each part right, odd or missing. */
function resembling(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { minLength = 0, pattern, minimum, maximum, items = {}, minItems = 0, properties = {}, required = [] } = schema;
  if (schema.enum !== undefined) return mostly(fc.constantFrom(...schema.enum));
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(resembling));
  switch (schema.type) {
    case undefined:
      return odd;
    case 'boolean':
      return mostly(fc.boolean());
    case 'string':
      return mostly(pattern === undefined ? fc.string({ minLength }) : fc.stringMatching(withoutLookahead(pattern)));
    case 'integer':
    case 'number':
      return mostly(fc.oneof(fc.nat(100), fc.double(), fc.constantFrom(minimum, maximum, (maximum ?? 0) + 1)));
    case 'array':
      return mostly(fc.array(inside(items), { minLength: minItems, maxLength: 3 }));
    case 'object': {
      if (schema.additionalProperties)
        return mostly(fc.dictionary(fc.string({ maxLength: 5 }), inside(schema.additionalProperties), { maxKeys: 3 }));
      const parts = Object.entries(properties).map(([name, part]): [string, fc.Arbitrary<unknown>] => [
        name,
        required.includes(name) ? resembling(part) : fc.option(resembling(part), { nil: undefined, freq: 1 }),
      ]);
      return mostly(fc.record(Object.fromEntries(parts)));
    }
  }
}

/** A value in a list or a record, where JSON has no `undefined`. */
const inside = (schema: JsonSchema): fc.Arbitrary<unknown> => resembling(schema).filter((value) => value !== undefined);

/** fast-check cannot make texts for a lookahead; the odd values have texts that it forbids. */
const withoutLookahead = (pattern: string): RegExp => new RegExp(pattern.replace(/\(\?[=!].*?\)/, ''));

const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: odd });

test.each(forms)('$name as JSON Schema accepts what zod accepts, and names the same error', ({ schema, json }) => {
  const accepts = compileValidator(json);
  const seen = { right: 0, wrong: 0 };
  fc.assert(
    fc.property(fc.oneof({ weight: 12, arbitrary: resembling(json) }, { weight: 1, arbitrary: odd }), (value) => {
      const byZod = schema._zod.run({ value, issues: [] }, {}) as z.core.ParsePayload;
      const right = byZod.issues.length === 0;
      seen[right ? 'right' : 'wrong']++;
      expect(accepts(value), JSON.stringify(value)).toBe(right);
      if (right) return;
      // ours stops at alternatives; zod reports an error inside one of them
      const errorPath = firstError(json, value);
      const path = (byZod.issues[0]?.path ?? []).map(String);
      expect(path.slice(0, errorPath.length)).toEqual(errorPath);
      if (json.type === 'object') expect(errorPath.length > 0).toBe(path.length > 0);
    }),
    { numRuns: 200 },
  );
  expect(seen.right, 'values that are right').toBeGreaterThan(10);
  expect(seen.wrong, 'values that are wrong').toBeGreaterThan(0);
});

test('events of a whole session are accepted as by zod', () => {
  fc.assert(
    fc.property(world, (lines) => {
      for (const { value } of lines) {
        const { t } = value as { t: EventType };
        if (!Object.hasOwn(eventSchemas, t)) continue;
        const accepted = eventSchemas[t].safeParse(value).success;
        expect(compileValidator(jsonSchemaOf(eventSchemas[t]))(value)).toBe(accepted);
        expect(parseEvent(value).kind).toBe(accepted ? 'event' : 'invalid');
      }
    }),
    { numRuns: 100 },
  );
});

test('a schema that has no form as JSON Schema, or one that programs do not know, is refused when it is built', () => {
  expect(() => jsonSchemaOf(z.date())).toThrow('cannot be represented');
  expect(() => jsonSchemaOf(z.string().check(z.trim()))).toThrow('has no form');
  expect(() => jsonSchemaOf(z.string().check(z.regex(/a/i)))).toThrow('has no form');
  expect(() => jsonSchemaOf(z.number().check(z.gt(1)))).toThrow('exclusiveMinimum');
  expect(() => jsonSchemaOf(z.record(z.enum(['a']), z.string()))).toThrow('propertyNames');
  expect(() => jsonSchemaOf(z.union([z.string(), z.number()]))).toThrow('has no form');
});
