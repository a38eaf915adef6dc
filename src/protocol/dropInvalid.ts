import { accepts, isObject } from './compileValidator.ts';
import type { JsonSchema } from './jsonSchema.ts';

/**
 * Removes from a value the optional properties that its schema does not accept, at any depth of the schema, and returns
 * their paths; undefined where what is left is still not accepted. A program may write `null` where it has nothing, or a
 * field of its own under a name of ours: that costs the field, not the whole. `decisive` properties are left alone with all
 * that is in them, since the rest would mean something else without them.
 */
export function dropInvalid(schema: JsonSchema, value: unknown): string[] | undefined {
  return accepts(schema, value) ? [] : dropFrom(schema, value);
}

/** The same for a value that is not accepted. */
export function dropFrom(schema: JsonSchema, value: unknown): string[] | undefined {
  if (schema.type === 'array' && Array.isArray(value)) return dropFromItems(schema, value);
  if (schema.type !== 'object' || !isObject(value)) return undefined;
  const dropped: string[] = [];
  for (const [name, partSchema] of Object.entries(schema.properties ?? {})) {
    if (value[name] === undefined || accepts(partSchema, value[name])) continue;
    if (schema.decisive?.includes(name) === true) return undefined;
    const inside = dropInvalid(partSchema, value[name]);
    if (inside === undefined) {
      if (schema.required?.includes(name) === true) return undefined;
      delete value[name];
      dropped.push(name);
    } else dropped.push(...inside.map((path) => `${name}.${path}`));
  }
  return accepts(schema, value) ? dropped : undefined;
}

function dropFromItems(schema: JsonSchema, items: unknown[]): string[] | undefined {
  const dropped: string[] = [];
  for (const [i, item] of items.entries()) {
    const inside = dropInvalid(schema.items ?? {}, item);
    if (inside === undefined) return undefined;
    dropped.push(...inside.map((path) => `${i}.${path}`));
  }
  return accepts(schema, items) ? dropped : undefined;
}
