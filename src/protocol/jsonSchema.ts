import * as z from 'zod/mini';

/**
 * The part of JSON Schema that Fermata's schemas need. The build makes it from the zod schemas, so that no program
 * loads zod at every tool call. An integer is a safe integer.
 */
export interface JsonSchema {
  type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  enum?: unknown[];
  anyOf?: JsonSchema[];
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  /** Of the properties that are not listed: `false` where there may be none, left out where they may be anything. */
  additionalProperties?: JsonSchema | false;
  default?: unknown;
  /** Optional properties without which the rest would mean something else (see dropInvalid.ts). */
  decisive?: readonly string[];
}

const KEYWORDS = [
  'type enum anyOf minLength maxLength pattern minimum maximum',
  'items minItems maxItems properties required additionalProperties default',
].flatMap((line) => line.split(' '));
const CHECKS = new Set(['greater_than', 'less_than', 'number_format', 'min_length', 'max_length', 'string_format']);

/** A zod schema as JSON Schema of its input. Throws for a kind or a check that has no form in this part of it. */
export function jsonSchemaOf(schema: z.core.$ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      for (const { _zod } of zodSchema._zod.def.checks ?? []) {
        const { check, pattern } = _zod.def as { check: string; pattern?: RegExp };
        if (!CHECKS.has(check) || (pattern?.flags ?? '') !== '')
          throw new Error(`a schema's check ${check} has no form as JSON Schema`);
      }
      simplify(jsonSchema);
    },
  });
  // zod joins alternatives that are nothing but types after all overrides
  if (JSON.stringify(json).includes('"type":[')) throw new Error('a union of bare types has no form as JSON Schema');
  return json as JsonSchema;
}

/** Chooses one of several equivalent forms, so that programs need to know only that one. */
function simplify(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.const !== undefined) schema.enum = [schema.const];
  if (schema.enum !== undefined) delete schema.type;
  // only one alternative of a discriminated union can fit, so that both keywords mean the same
  if (schema.oneOf !== undefined) schema.anyOf = schema.oneOf;
  if (schema.anyOf !== undefined)
    schema.anyOf = schema.anyOf.map((option) => (option.type === 'null' ? { enum: [null] } : option));
  delete schema.const;
  delete schema.oneOf;
  if (JSON.stringify(schema.propertyNames) === '{"type":"string"}') delete schema.propertyNames;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object' && Object.keys(additionalProperties).length === 0)
    delete schema.additionalProperties;
  const unknown = Object.keys(schema).find((keyword) => !KEYWORDS.includes(keyword));
  if (unknown !== undefined) throw new Error(`programs do not know the keyword ${unknown} of JSON Schema`);
}
