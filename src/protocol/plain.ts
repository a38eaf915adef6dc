import type * as z from 'zod/mini';

/**
 * A schema as plain data, of the few kinds that Fermata's schemas are made of. The zod schemas are the only truth; this
 * is what the build keeps of them, so that no program has to load zod at every tool call.
 */
export type Plain =
  | { is: 'unknown' | 'boolean' }
  | { is: 'string'; least?: number; most?: number; like?: string }
  | { is: 'number'; least?: number; most?: number; whole?: boolean }
  | { is: 'one of'; values: unknown[] }
  | { is: 'optional' | 'nullable'; of: Plain }
  | { is: 'preset'; of: Plain; value: unknown }
  | { is: 'list'; of: Plain; least?: number; most?: number }
  | { is: 'either'; of: Plain[] }
  | PlainObject
  | { is: 'record'; of: Plain };

/** An object; fields that are not listed may be there too, unless it has `only` those. */
export interface PlainObject {
  is: 'object';
  fields: Record<string, Plain>;
  only?: true;
}

type Def = z.core.$ZodTypeDef & Record<string, unknown>;

/** A zod schema as plain data. Throws for a kind or a check that has no plain form. */
export function plainOf(schema: z.core.$ZodType): Plain {
  const def = schema._zod.def as Def;
  const plain = kindOf(def);
  const checks = (def.checks ?? []).map((check) => check._zod.def as unknown as Def);
  // `z.int()` is a check itself
  for (const check of def['check'] === undefined ? checks : [def, ...checks]) Object.assign(plain, bound(check));
  return plain;
}

/** The schemas of an object's fields, each as plain data. */
export const plainsOf = <K extends string>(schemas: Record<K, z.core.$ZodType>): Record<K, Plain> =>
  Object.fromEntries(
    Object.entries<z.core.$ZodType>(schemas).map(([name, schema]) => [name, plainOf(schema)]),
  ) as Record<K, Plain>;

function kindOf(def: Def): Plain {
  const inner = (key: string): Plain => plainOf(def[key] as z.core.$ZodType);
  switch (def.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'unknown':
      return { is: def.type };
    case 'literal':
      return { is: 'one of', values: def['values'] as unknown[] };
    case 'enum':
      return { is: 'one of', values: Object.values(def['entries'] as object) };
    case 'optional':
    case 'nullable':
      return { is: def.type, of: inner('innerType') };
    case 'default':
      return { is: 'preset', of: inner('innerType'), value: def['defaultValue'] };
    case 'array':
      return { is: 'list', of: inner('element') };
    case 'union':
      return { is: 'either', of: (def['options'] as z.core.$ZodType[]).map(plainOf) };
    case 'object':
      return {
        is: 'object',
        fields: plainsOf(def['shape'] as Record<string, z.core.$ZodType>),
        ...((def['catchall'] as z.core.$ZodType | undefined)?._zod.def.type === 'never' ? { only: true } : {}),
      };
    case 'record':
      return { is: 'record', of: inner('valueType') };
    default:
      throw new Error(`a schema of the kind ${def.type} has no plain form`);
  }
}

function bound(check: Def): object {
  switch (check['check']) {
    case 'greater_than':
      if (check['inclusive'] === true) return { least: check['value'] };
      break;
    case 'less_than':
      if (check['inclusive'] === true) return { most: check['value'] };
      break;
    case 'number_format':
      if (check['format'] === 'safeint') return { whole: true };
      break;
    case 'min_length':
      return { least: check['minimum'] };
    case 'max_length':
      return { most: check['maximum'] };
    case 'string_format':
      if (check['pattern'] instanceof RegExp && check['pattern'].flags === '') return { like: check['pattern'].source };
      break;
  }
  throw new Error(`a schema's check ${String(check['check'])} has no plain form`);
}
