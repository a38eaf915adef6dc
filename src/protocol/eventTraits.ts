/**
 * The traits of events, each as the list of the types that have it. The build runs this module and puts the lists in
 * its place, so that no program loads the schemas to know them.
 */
import { eventRows, type EventTraits, type EventType } from './event.ts';

const rows = Object.entries(eventRows) as [EventType, EventTraits][];

const typesWhere = (has: (traits: EventTraits) => boolean): EventType[] =>
  rows.filter(([, traits]) => has(traits)).map(([t]) => t);

/** Where a hook may have to answer, by type. Other types arm nothing, or their fields decide. */
export const EVENT_ARMS = Object.fromEntries(
  rows.filter(([, { arms }]) => arms !== 'none' && arms !== 'computed').map(([t, { arms }]) => [t, arms]),
) as { [T in EventType]?: 'before' | 'after' | 'both' };

export const BOOKKEEPING_EVENTS = typesWhere(({ bookkeeping }) => bookkeeping === true);
export const WORKER_ONLY_EVENTS = typesWhere(({ changes }) => changes === 'worker');
export const BLOCK_ENDING_EVENTS = typesWhere(({ changes }) => changes === 'blocks' || changes === 'workers');
export const WORKER_ENDING_EVENTS = typesWhere(({ changes }) => changes === 'workers');

/** The types that Claude and workers cannot publish by `fermata`, and whose they are. */
export const RESERVED_EVENTS: { [t: string]: 'person' | 'fermata' } = Object.fromEntries(
  rows.flatMap(([t, { reservedFor }]) => (reservedFor === undefined ? [] : [[t, reservedFor]])),
);
