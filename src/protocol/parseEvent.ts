import { compileValidator, firstError } from './compileValidator.ts';
import { dropInvalid } from './dropInvalid.ts';
import type { Event } from './event.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { envelopeSchema, frequentFieldsSchemas, rareFieldsSchemas } from './schemas.ts';

/** Format of the log that this version writes; a log of a newer format is opened read-only. */
export const LOG_FORMAT = 1;
/** Longest line that a writer may append, in bytes; larger payloads belong in a file under the worker's `out/`. */
export const MAX_LINE_BYTES = 64 * 1024;

/**
 * A parsed line: an event, with the optional fields that were not what they should be and were dropped; an event of an
 * unknown type (kept, without effect); or damage with a reason.
 */
export type ParsedEvent =
  | { kind: 'event'; event: Event; dropped?: string[] }
  | { kind: 'unknown'; t: string }
  | { kind: 'invalid'; reason: string };

/** The validators of events by type, each compiled when the first event of its type comes. */
const validators = new Map<string, { schema: JsonSchema; isValid: (value: unknown) => boolean }>();

/** The schema of the fields of an event that is not frequent. A function, so that a hook can load it with its schemas. */
const rareFields = (t: string): JsonSchema | undefined =>
  Object.hasOwn(rareFieldsSchemas, t) ? rareFieldsSchemas[t] : undefined;

const fieldsOf = (t: string): JsonSchema | undefined =>
  Object.hasOwn(frequentFieldsSchemas, t) ? frequentFieldsSchemas[t] : rareFields(t);

/** Undefined for an unknown type. */
function validatorFor(t: string) {
  let validator = validators.get(t);
  const fields = validator === undefined ? fieldsOf(t) : undefined;
  if (fields !== undefined) {
    const schema = { ...fields, properties: { ...envelopeSchema.properties, ...fields.properties } };
    validators.set(t, (validator = { schema, isValid: compileValidator(schema) }));
  }
  return validator;
}

const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

/**
 * Validates one decoded line. Never throws. Removes a `ts` out of range, since the position is the order anyway, and optional
 * fields of another type.
 */
export function parseEvent(value: unknown): ParsedEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'invalid', reason: 'JSON, but not an event: no object' };
  const raw = value as Record<string, unknown>;
  const t = raw['t'];
  if (typeof t !== 'string') return { kind: 'invalid', reason: 'JSON, but not an event: no type "t"' };
  const validator = validatorFor(t);
  if (validator === undefined) return { kind: 'unknown', t };
  const { schema, isValid } = validator;
  const stamp = raw['ts'];
  if (stamp !== undefined && !(typeof stamp === 'number' && stamp >= EARLIEST && stamp < LATEST)) delete raw['ts'];
  if (isValid(raw)) return { kind: 'event', event: raw as Event };
  const dropped = dropInvalid(schema, raw);
  if (dropped !== undefined) return { kind: 'event', event: raw as Event, dropped };
  const [field, ...path] = firstError(schema, raw);
  const where = `"${String(field)}"${path.length === 0 ? '' : ` (at ${path.join('.')})`}`;
  return { kind: 'invalid', reason: `${t}: ${where} is missing or not what it should be` };
}

/** Whether events of a type have a field `worker`. */
export const namesWorker = (t: string): boolean => 'worker' in (fieldsOf(t)?.properties ?? {});
