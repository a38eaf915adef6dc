import type * as z from 'zod/mini';
import type { EventField, eventSchemas, EventType } from '#protocol/event.ts';

/** The description of one event on the reference page. */
export interface EventNote<T extends EventType> {
  /** One sentence. */
  meaning: string;
  /** Who publishes it. */
  by: string;
  fields: Record<EventField<T>, string>;
  /** A line as a log may have it, without `ts`. */
  example: z.input<(typeof eventSchemas)[T]>;
}

/** The types force a note for every event and every field. */
export type EventNotes = { [T in EventType]: EventNote<T> };
