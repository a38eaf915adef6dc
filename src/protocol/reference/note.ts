import type * as z from 'zod/mini';
import type { EventField, eventSchemas, EventType } from '#protocol/event.ts';

/** What a person should know of one event: the reference page is made of these notes. */
export interface EventNote<T extends EventType> {
  /** One sentence. */
  meaning: string;
  /** Who publishes it. */
  by: string;
  fields: Record<EventField<T>, string>;
  /** A line as it may stand in a log; `ts` is left out. */
  example: z.input<(typeof eventSchemas)[T]>;
}

/** The types force a note for every event and every field. */
export type EventNotes = { [T in EventType]: EventNote<T> };
