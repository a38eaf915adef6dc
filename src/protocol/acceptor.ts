import type * as z from 'zod/mini';

type Accepts = (value: unknown) => boolean;
type Def = z.core.$ZodTypeDef & Record<string, unknown>;

/**
 * A quick way to say yes: a plain function that accepts exactly what a schema accepts, for the few kinds of schemas
 * that events are made of. Where it says no, or does not know the kind, the schema itself is asked, so the schemas stay
 * the only truth (a property test holds the two together). It exists because a hook may have to fold a long log.
 */
export function acceptor(schema: z.core.$ZodType): Accepts {
  const def = schema._zod.def as Def;
  const given = def.checks ?? [];
  const checks = given.map((check) => check._zod.def as unknown as Def);
  if (def['check'] !== undefined) checks.push(def);
  const also = checks.map(checker);
  const kind = basic(def);
  if (also.length === 0) return kind;
  const [first, second] = also;
  if (also.length === 1 && first !== undefined) return (value) => kind(value) && first(value);
  if (also.length === 2 && first !== undefined && second !== undefined)
    return (value) => kind(value) && first(value) && second(value);
  return (value) => kind(value) && also.every((accepts) => accepts(value));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function basic(def: Def): Accepts {
  switch (def.type) {
    case 'string':
      return (value) => typeof value === 'string';
    case 'number':
      return (value) => typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'unknown':
      return () => true;
    case 'literal':
    case 'enum': {
      const allowed = new Set<unknown>(
        def.type === 'literal' ? (def['values'] as unknown[]) : Object.values(def['entries'] as object),
      );
      return (value) => allowed.has(value);
    }
    case 'optional':
    case 'nullable': {
      const inner = acceptor(def['innerType'] as z.core.$ZodType);
      const none = def.type === 'optional' ? undefined : null;
      return (value) => value === none || inner(value);
    }
    case 'array': {
      const element = acceptor(def['element'] as z.core.$ZodType);
      return (value) => Array.isArray(value) && value.every(element);
    }
    case 'union': {
      const options = (def['options'] as z.core.$ZodType[]).map(acceptor);
      return (value) => options.some((accepts) => accepts(value));
    }
    case 'object': {
      const shape = Object.entries(def['shape'] as Record<string, z.core.$ZodType>);
      const names = shape.map(([name]) => name);
      const fields = shape.map(([, schema]) => acceptor(schema));
      const mayLack = fields.map((accepts) => accepts(undefined));
      return (value) => {
        if (!isObject(value)) return false;
        for (let i = 0; i < names.length; i++) {
          const field = value[names[i] as string];
          // most optional fields are not there
          if (field === undefined ? mayLack[i] !== true : fields[i]?.(field) !== true) return false;
        }
        return true;
      };
    }
    default:
      return () => false;
  }
}

/** A check on top of a kind, which has been tested before. */
function checker(def: Def): Accepts {
  const bound = def['value'] as number;
  switch (def['check']) {
    case 'greater_than':
      return def['inclusive'] === true ? (value) => (value as number) >= bound : (value) => (value as number) > bound;
    case 'less_than':
      return def['inclusive'] === true ? (value) => (value as number) <= bound : (value) => (value as number) < bound;
    case 'number_format':
      return def['format'] === 'safeint' ? Number.isSafeInteger : () => false;
    case 'min_length':
      return (value) => (value as string | unknown[]).length >= (def['minimum'] as number);
    case 'max_length':
      return (value) => (value as string | unknown[]).length <= (def['maximum'] as number);
    case 'string_format': {
      const pattern = def['pattern'];
      return def['format'] === 'regex' && pattern instanceof RegExp
        ? (value) => pattern.test(value as string)
        : () => false;
    }
    default:
      return () => false;
  }
}
