import fc from 'fast-check';
import { expect, test } from 'vitest';
import type * as z from 'zod/mini';
import { compileValidator, firstError } from '#protocol/compileValidator.ts';
import { eventSchemas, type EventType } from '#protocol/event.ts';
import { fromPanel } from '#protocol/inbound.ts';
import * as files from '#protocol/fileFormats.ts';
import { hookPayload } from '#protocol/payload.ts';
import { plainOf, type Plain } from '#protocol/plain.ts';
import { rule, rulesFile } from '#protocol/rules.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { settingSchemas } from '#protocol/settings.ts';
import { world } from './worlds.ts';

const { plan, sessionInfo, runnerInfo, approvals, installRecord } = files;
const schemas: Record<string, z.core.$ZodType> = {
  ...Object.fromEntries(Object.entries(eventSchemas).map(([t, schema]) => [`event ${t}`, schema])),
  ...Object.fromEntries(Object.entries(settingSchemas).map(([name, schema]) => [`setting ${name}`, schema])),
  fromPanel,
  hookPayload,
  rule,
  rulesFile,
  plan,
  sessionInfo,
  runnerInfo,
  approvals,
  installRecord,
};
const forms = Object.entries(schemas).map(([name, schema]) => ({ name, schema, plain: plainOf(schema) }));

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

/** Values of about the form, often of it: each part right, odd or missing. */
function about(plain: Plain): fc.Arbitrary<unknown> {
  switch (plain.is) {
    case 'unknown':
      return odd;
    case 'boolean':
      return mostly(fc.boolean());
    case 'string':
      return mostly(
        plain.like === undefined
          ? fc.string({ minLength: plain.least ?? 0 })
          : fc.stringMatching(withoutLookahead(plain.like)),
      );
    case 'number':
      return mostly(
        fc.oneof(fc.nat(100), fc.double(), fc.constantFrom(plain.least, plain.most, (plain.most ?? 0) + 1)),
      );
    case 'one of':
      return mostly(fc.constantFrom(...plain.values));
    case 'optional':
    case 'preset':
      return fc.option(about(plain.of), { nil: undefined, freq: 1 });
    case 'nullable':
      return fc.option(about(plain.of));
    case 'list':
      return mostly(fc.array(about(plain.of), { minLength: plain.least ?? 0, maxLength: 3 }));
    case 'either':
      return fc.oneof(...plain.of.map(about));
    case 'object':
      return mostly(
        fc.record(Object.fromEntries(Object.entries(plain.fields).map(([name, field]) => [name, about(field)]))),
      );
    case 'record':
      return mostly(fc.dictionary(fc.string({ maxLength: 5 }), about(plain.of), { maxKeys: 3 }));
  }
}

/** Which fast-check cannot make texts for; those it forbids are among the odd ones. */
const withoutLookahead = (pattern: string): RegExp => new RegExp(pattern.replace(/^\^\(\?!.*?\)/, '^'));

const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: odd });

test.each(forms)('$name as data accepts what zod accepts, and names the same fault', ({ schema, plain }) => {
  const accepts = compileValidator(plain);
  const seen = { right: 0, wrong: 0 };
  fc.assert(
    fc.property(fc.oneof({ weight: 12, arbitrary: about(plain) }, { weight: 1, arbitrary: odd }), (value) => {
      const byZod = schema._zod.run({ value, issues: [] }, {}) as z.core.ParsePayload;
      const right = byZod.issues.length === 0;
      seen[right ? 'right' : 'wrong']++;
      expect(accepts(value), JSON.stringify(value)).toBe(right);
      if (right) return;
      // ours stops where there are several ways to be right; zod looks into one of them
      const errorPath = firstError(plain, value);
      const path = (byZod.issues[0]?.path ?? []).map(String);
      expect(path.slice(0, errorPath.length)).toEqual(errorPath);
      if (plain.is === 'object') expect(errorPath.length > 0).toBe(path.length > 0);
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
        expect(compileValidator(plainOf(eventSchemas[t]))(value)).toBe(accepted);
        expect(parseEvent(value).kind).toBe(accepted ? 'event' : 'invalid');
      }
    }),
    { numRuns: 100 },
  );
});

test('a schema of a kind or with a check that has no plain form is refused when it is built', async () => {
  const zod = await import('zod/mini');
  expect(() => plainOf(zod.date())).toThrow('no plain form');
  expect(() => plainOf(zod.string().check(zod.trim()))).toThrow('no plain form');
  expect(() => plainOf(zod.number().check(zod.gt(1)))).toThrow('no plain form');
});
