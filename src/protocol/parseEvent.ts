import { compileValidator, firstError } from './compileValidator.ts';
import type { Event, EventType } from './event.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { envelopeSchema, eventFieldsSchemas } from './schemas.ts';

/** Format of the log that this version writes; a log of a newer format is opened read-only. */
export const LOG_FORMAT = 1;
/** Longest line that a writer may append, in bytes; larger payloads belong in a file under the worker's `out/`. */
export const MAX_LINE_BYTES = 64 * 1024;

/** A parsed line: an event, an event of an unknown type (kept, without effect), or damage with a reason. */
export type ParsedEvent =
  { kind: 'event'; event: Event } | { kind: 'unknown'; t: string } | { kind: 'invalid'; reason: string };

/** The validators of events by type, each compiled when the first event of its type comes. */
const validators = new Map<string, (value: unknown) => boolean>();

/** Undefined for an unknown type. */
function validatorFor(t: string): ((value: unknown) => boolean) | undefined {
  let isValid = validators.get(t);
  if (isValid === undefined && Object.hasOwn(eventFieldsSchemas, t))
    validators.set(t, (isValid = compileValidator(schemaOf(t as EventType))));
  return isValid;
}

const schemaOf = (t: EventType): JsonSchema => ({
  ...eventFieldsSchemas[t],
  properties: { ...envelopeSchema.properties, ...eventFieldsSchemas[t].properties },
});

const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

/** Validates one decoded line. Never throws. Removes a `ts` out of range: the position is the order anyway. */
export function parseEvent(value: unknown): ParsedEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'invalid', reason: 'JSON, but not an event: no object' };
  const raw = value as Record<string, unknown>;
  const t = raw['t'];
  if (typeof t !== 'string') return { kind: 'invalid', reason: 'JSON, but not an event: no type "t"' };
  const isValid = validatorFor(t);
  if (isValid === undefined) return { kind: 'unknown', t };
  const stamp = raw['ts'];
  if (stamp !== undefined && !(typeof stamp === 'number' && stamp >= EARLIEST && stamp < LATEST)) delete raw['ts'];
  if (isValid(raw)) return { kind: 'event', event: raw as Event };
  const [field, ...path] = firstError(schemaOf(t as EventType), raw);
  const where = `"${String(field)}"${path.length === 0 ? '' : ` (at ${path.join('.')})`}`;
  return { kind: 'invalid', reason: `${t}: ${where} is missing or not what it should be` };
}

/** Whether events of a type have a field `worker`. */
export const namesWorker = (t: string): boolean =>
  Object.hasOwn(eventFieldsSchemas, t) && 'worker' in (eventFieldsSchemas[t as EventType].properties ?? {});
