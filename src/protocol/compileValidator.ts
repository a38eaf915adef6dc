import type { JsonSchema } from './jsonSchema.ts';

type Accepts = (value: unknown) => boolean;

/**
 * A function that accepts exactly the values that a schema accepts (a property test compares it with zod). Quick, since
 * a hook may have to fold a long log.
 */
export function compileValidator(schema: JsonSchema): Accepts {
  if (schema.enum !== undefined) {
    const allowed = new Set(schema.enum);
    return (value) => allowed.has(value);
  }
  if (schema.anyOf !== undefined) {
    const options = schema.anyOf.map(compileValidator);
    return (value) => options.some((isOption) => isOption(value));
  }
  switch (schema.type) {
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'string':
      return stringValidator(schema);
    case 'integer':
    case 'number':
      return numberValidator(schema);
    case 'array':
      return arrayValidator(schema);
    case 'object':
      return objectValidator(schema);
    case undefined:
      return () => true;
  }
}

/** The validators that were compiled for `accepts`: a hostile log may have errors in every line. */
const compiled = new WeakMap<JsonSchema, Accepts>();

/** Whether a schema accepts a value. */
export function accepts(schema: JsonSchema, value: unknown): boolean {
  let validator = compiled.get(schema);
  if (validator === undefined) compiled.set(schema, (validator = compileValidator(schema)));
  return validator(value);
}

/** The path of the first part of a value that is not accepted; an alternative counts as a whole. */
export function firstError(schema: JsonSchema, value: unknown): string[] {
  for (const [name, part, partSchema] of partsOf(schema, value))
    if (part === undefined ? schema.required?.includes(name) : !accepts(partSchema, part))
      return [name, ...firstError(partSchema, part)];
  return [];
}

/** The first property of an object that its schema does not list, where it may have only those. */
export const unlisted = ({ properties = {}, additionalProperties }: JsonSchema, value: object): string | undefined =>
  additionalProperties === false ? Object.keys(value).find((name) => !Object.hasOwn(properties, name)) : undefined;

/** The parts of an array or an object that have a schema; listed properties come first, even missing ones. */
function partsOf(schema: JsonSchema, value: unknown): [name: string, part: unknown, schema: JsonSchema][] {
  const { items, properties = {}, additionalProperties } = schema;
  if (items && Array.isArray(value)) return value.map((part, i) => [`${i}`, part, items]);
  if (schema.type !== 'object' || !isObject(value)) return [];
  const names = Object.keys(additionalProperties ? { ...properties, ...value } : properties);
  const schemaOf = (name: string) => (Object.hasOwn(properties, name) ? properties[name] : additionalProperties);
  return names.map((name) => [name, value[name], schemaOf(name) as JsonSchema]);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function stringValidator({ minLength = 0, maxLength = Infinity, pattern }: JsonSchema): Accepts {
  const regExp = pattern === undefined ? undefined : new RegExp(pattern);
  return (value) =>
    typeof value === 'string' &&
    value.length >= minLength &&
    value.length <= maxLength &&
    (regExp === undefined || regExp.test(value));
}

function numberValidator({ type, minimum = -Infinity, maximum = Infinity }: JsonSchema): Accepts {
  if (type === 'integer')
    return (value) => Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
  return (value) => typeof value === 'number' && Number.isFinite(value) && value >= minimum && value <= maximum;
}

function arrayValidator({ items = {}, minItems = 0, maxItems = Infinity }: JsonSchema): Accepts {
  const isItem = compileValidator(items);
  return (value) =>
    Array.isArray(value) && value.length >= minItems && value.length <= maxItems && value.every((one) => isItem(one));
}

function objectValidator({ properties = {}, required = [], additionalProperties }: JsonSchema): Accepts {
  // it runs for every line of a log: this loop and an object without a prototype take half the time of keys and a Map
  const checks = Object.create(null) as Record<string, Accepts | undefined>;
  for (const [name, schema] of Object.entries(properties)) checks[name] = compileValidator(schema);
  const unlistedCheck: Accepts =
    additionalProperties === undefined
      ? () => true
      : additionalProperties
        ? compileValidator(additionalProperties)
        : () => false;
  return (value) => {
    if (!isObject(value)) return false;
    for (const name of required) if (value[name] === undefined) return false;
    // most optional properties are missing, so those that are there are looked up
    for (const name in value) {
      const part = value[name];
      const check = checks[name];
      if (check === undefined ? !unlistedCheck(part) : part !== undefined && !check(part)) return false;
    }
    return true;
  };
}
