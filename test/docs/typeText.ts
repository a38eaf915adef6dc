/** The part of a JSON Schema that the pages read. */
export interface Json {
  [key: string]: unknown;
  $ref?: string;
  type?: string;
  properties?: Record<string, Json>;
  required?: string[];
  anyOf?: Json[];
  oneOf?: Json[];
  items?: Json;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  $defs?: Record<string, Json>;
}

/** A bound beyond this only means that numbers are finite. */
const HUGE = 1e13;

/** A short description of a field's type, for the tables of the page. */
export function typeText(schema: Json): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ');
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {})}`;
  if (schema.type === 'integer') return `whole number${bounds(schema)}`;
  if (schema.type === 'number') return `number${bounds(schema)}`;
  if (schema.type === 'string') return 'text';
  if (schema.type === 'boolean') return '`true`, `false`';
  return schema.type ?? 'any JSON';
}

const code = (value: unknown): string => `\`${String(value)}\``;

function bounds({ minimum = -Infinity, maximum = Infinity }: Json): string {
  const low = minimum > -HUGE ? minimum : undefined;
  const high = maximum < HUGE ? maximum : undefined;
  if (low === undefined) return high === undefined ? '' : ` up to ${high}`;
  return high === undefined ? ` from ${low}` : `, ${low} to ${high}`;
}
