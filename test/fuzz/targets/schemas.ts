import * as z from 'zod/mini';
import { compileValidator, firstError } from '#protocol/compileValidator.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import { eventSchemas, type EventType } from '#protocol/event.ts';
import * as files from '#protocol/fileFormats.ts';
import { jsonSchemaOf, type JsonSchema } from '#protocol/jsonSchema.ts';
import { fromPanel, fromTimeline } from '#protocol/messages.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { parseFromPanel, parseFromTimeline } from '#protocol/parseMessages.ts';
import { rule, rulesFile } from '#protocol/rules.ts';
import { settingSchemas } from '#protocol/settings.ts';
import { hold, jsonOf, parted, same } from '#test/fuzz/target.ts';
import type { Target } from '#test/fuzz/target.ts';

/** The two forms of one schema: as zod has it, and as the programs have it. */
class Form {
  readonly #zod: z.core.$ZodType;
  readonly json: JsonSchema;
  readonly #accepts: (value: unknown) => boolean;

  constructor(schema: z.core.$ZodType) {
    this.#zod = schema;
    this.json = jsonSchemaOf(schema);
    this.#accepts = compileValidator(this.json);
  }

  /** Whether it accepts a value, in either form; where they differ it throws. */
  accepts(value: unknown): boolean {
    const { issues } = this.#zod._zod.run({ value, issues: [] }, {}) as z.core.ParsePayload;
    const accepted = this.#accepts(value);
    // zod passes over a field of that name in a record; the programs look at its value as at any other one
    const isPassedOver = !accepted && (JSON.stringify(value) ?? '').includes('"__proto__":');
    if (!isPassedOver)
      same(accepted, issues.length === 0, `accepted, where zod has ${JSON.stringify(issues[0] ?? null)}`);
    const path = firstError(this.json, value);
    hold(!accepted || path.length === 0, () => `an error at ${path.join('.')} of what is accepted`);
    return accepted;
  }

  /** What is left without the fields that are not valid is valid, and was all of it there before. */
  assertDropped(value: unknown): void {
    const before = JSON.stringify(value);
    const accepted = this.accepts(value);
    const dropped = dropInvalid(this.json, value);
    hold(!accepted || dropped?.length === 0, () => 'something of what is accepted was dropped');
    if (dropped !== undefined) hold(this.accepts(value), () => 'what is left is not accepted');
    hold(JSON.stringify(value).length <= before.length, () => 'more is left than there was');
  }
}

const formsOf = (schemas: Record<string, z.core.$ZodType>): Map<string, Form> =>
  new Map(Object.entries(schemas).map(([name, schema]) => [name, new Form(schema)]));

const eventForms = formsOf(eventSchemas);

/** The validators of events: those of the programs accept what zod accepts, and drop nothing else than what is wrong. */
export const events: Target = {
  seeds: () => [...eventForms].map(([t, { json }]) => JSON.stringify({ ...(sampleOf(json) as object), t })),
  check: (input) => {
    const value = jsonOf(input.toString('utf8')) as { t?: EventType; ts?: unknown } | undefined;
    const form = typeof value?.t === 'string' ? eventForms.get(value.t) : undefined;
    if (form === undefined) {
      hold(parseEvent(value).kind !== 'event', () => 'an event of no type');
      return;
    }
    // where a line came from is checked before it is folded
    for (const field of ['via', 'off', 'said']) delete (value as Record<string, unknown>)[field];
    const accepted = form.accepts(value);
    const parsed = parseEvent(structuredClone(value));
    if (accepted)
      hold(parsed.kind === 'event' && parsed.dropped === undefined, () => `an event counts as ${parsed.kind}`);
    if (parsed.kind === 'event') hold(form.accepts(parsed.event), () => 'an event that zod refuses');
    else hold(parsed.kind === 'invalid' && parsed.reason.length < 1000, () => 'no reason why it is damaged');
  },
};

/** A value that a schema accepts, with all of its fields. */
export function sampleOf(schema: JsonSchema): unknown {
  const {
    type,
    anyOf,
    items = {},
    properties = {},
    additionalProperties,
    minimum = 1,
    minLength = 1,
    pattern,
  } = schema;
  if (schema.enum !== undefined) return schema.enum[0];
  if (anyOf !== undefined) return sampleOf(anyOf[0] as JsonSchema);
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return minimum;
  if (type === 'array') return [sampleOf(items)];
  if (type === 'string')
    return SAMPLES.find(
      (text) => text.length >= minLength && (pattern === undefined || new RegExp(pattern).test(text)),
    );
  if (type !== 'object') return { any: [1, 'x'] };
  if (additionalProperties) return { a: sampleOf(additionalProperties) };
  return Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, sampleOf(part)]));
}

const SAMPLES = ['W1', 'B1', 'R1', 'Read', '2026-01-01T00:00:00.000Z', 'a'.repeat(64), 'ab'.repeat(20), '/p/a.ts'];

const panel = new Form(fromPanel);
const page = new Form(fromTimeline);
const samplesOf = ({ json }: Form): string[] =>
  (json.anyOf ?? []).flatMap((each) => alternativesOf(each)).map((value) => JSON.stringify(value));

/** A sample for each alternative of a field. */
function alternativesOf(schema: JsonSchema): unknown[] {
  const sample = sampleOf(schema) as Record<string, unknown>;
  for (const [name, part] of Object.entries(schema.properties ?? {}))
    if (part.anyOf !== undefined) return part.anyOf.map((each) => ({ ...sample, [name]: sampleOf(each) }));
  return [sample];
}

/** Messages of the two webviews. */
export const messages: Target = {
  seeds: () => [...samplesOf(panel), ...samplesOf(page)],
  check: (input) => {
    const value = jsonOf(input.toString('utf8'));
    const [isPanel, isPage] = [panel.accepts(value), page.accepts(value)];
    hold((parseFromPanel(value) !== undefined) === isPanel, () => 'the panel’s reader differs');
    hold((parseFromTimeline(value) !== undefined) === isPage, () => 'the timeline’s reader differs');
  },
};

const settingForms = Object.fromEntries(
  // whether a value may be missing is decided by the object around it
  Object.entries(settingSchemas).map(([name, schema]) => [name, z.object({ [name]: schema })]),
);
const schemaFiles = Object.fromEntries(Object.entries(files).filter(([, each]) => typeof each === 'object'));
const fileForms = formsOf({ ...schemaFiles, ...settingForms, rule, rulesFile });

/** The formats of all files in a home: first line the format, then the text of the file. */
export const formats: Target = {
  seeds: () => [
    ...[...fileForms].map(([name, { json }]) => `${name}\n${JSON.stringify(sampleOf(json))}`),
    'arrivedInfo\n{"gen":"1","end":0,"bytes":0,"workers":{"__proto__":{"":0}}}',
  ],
  words: [...fileForms.keys()],
  check: (input) => {
    const [name, text] = parted(input);
    const form = fileForms.get(name);
    const value = form && jsonOf(text.toString('utf8'));
    if (form !== undefined && value !== undefined) form.assertDropped(value);
  },
};
