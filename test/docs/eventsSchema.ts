import * as z from 'zod/mini';
import { eventSchemas, type EventType } from '#protocol/event.ts';
import { LOG_FORMAT } from '#protocol/parseEvent.ts';
import { commonFields, eventNotes, partNotes } from '#protocol/reference/notes.ts';
import type { Json } from './typeText.ts';

/** The description of the whole schema. */
const ABOUT =
  'One line of events.jsonl that Fermata understands. A line of a type that is not listed here is kept, without effect, and is no damage. Fields that are not listed are kept, too.';

/** The log's events as a JSON Schema, made from the schemas that validate lines and from their notes. */
export function eventsSchema(): Json {
  const parts = z.registry<{ id: string }>();
  for (const [name, { schema }] of Object.entries(partNotes)) parts.add(schema, { id: name });
  const types = Object.keys(eventNotes) as EventType[];
  const { $schema, oneOf, anyOf, $defs } = z.toJSONSchema(z.union(types.map((t) => eventSchemas[t])), {
    metadata: parts,
    io: 'input',
  }) as Json;
  const events = (oneOf ?? anyOf ?? []).map((schema, i) => eventSchema(schema, types[i] ?? 'open'));
  return {
    $schema,
    title: `Fermata log, format ${LOG_FORMAT}`,
    description: ABOUT,
    oneOf: events,
    $defs: Object.fromEntries(
      Object.entries(partNotes).map(([name, { meaning, fields }]) => [
        name,
        described($defs?.[name] ?? {}, meaning, fields),
      ]),
    ),
  };
}

function eventSchema(schema: Json, t: EventType): Json {
  const { meaning, fields } = eventNotes[t];
  return described(schema, meaning, { ...commonFields, ...fields }, t);
}

/** The schema with a description of its own and one for each field. `{}` is short for what allows anything anyway. */
function described(schema: Json, meaning: string, fields: Record<string, string> = {}, title?: string): Json {
  const { additionalProperties: _, properties, ...rest } = schema;
  return {
    ...(title === undefined ? {} : { title }),
    description: meaning,
    ...rest,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, type]) => [name, { ...type, description: fields[name] }]),
          ),
        }),
  };
}
