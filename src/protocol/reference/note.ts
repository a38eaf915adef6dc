import type * as z from 'zod/mini';
import type { eventSchemas, EventType } from '#protocol/event.ts';

/** The fields that an event has besides those that every event may have. */
type FieldOf<T extends EventType> = Exclude<
  Extract<keyof (typeof eventSchemas)[T]['_zod']['def']['shape'], string>,
  't' | 'ts' | 'id'
>;

/** What a person should know of one event: the words that the reference page is made of. */
export interface EventNote<T extends EventType> {
  /** One sentence. */
  meaning: string;
  /** Who says it. */
  by: string;
  fields: Record<FieldOf<T>, string>;
  /** A line as it may stand in a log; `ts` is left out. */
  example: z.input<(typeof eventSchemas)[T]>;
}

/** The types force a note for every event and a word for every field. */
export type EventNotes = { [T in EventType]: EventNote<T> };
