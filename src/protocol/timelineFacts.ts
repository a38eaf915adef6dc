import type { MarkKind, SpanKind, TimelineLane, TimelineMark, TimelineSpan, TimelineView } from './timeline.ts';

/** One fact of a timeline: what the picture draws, as a row of a table. */
export interface TimelineFact {
  lane: TimelineLane;
  item: TimelineSpan | TimelineMark;
  kind: SpanKind | MarkKind;
  from: number;
  /** When it ended; a mark at once, what lasts not yet. */
  to?: number;
}

export const isMark = (item: TimelineSpan | TimelineMark): item is TimelineMark => 'at' in item;

/** When an item begins. */
export const startOf = (item: TimelineSpan | TimelineMark): number => (isMark(item) ? item.at : item.from);

/** All facts of one lane, in the order of the log. */
export function laneFacts(lane: TimelineLane): TimelineFact[] {
  const facts = [...lane.rows.flat(), ...lane.marks].map((item): TimelineFact => {
    const from = startOf(item);
    const to = isMark(item) ? from : item.to;
    return { lane, item, kind: item.kind, from, ...(to === undefined ? {} : { to }) };
  });
  return facts.toSorted(byLogOrder);
}

/** All facts of a timeline, in the order of the log. */
export const timelineFacts = ({ lanes }: TimelineView): TimelineFact[] => lanes.flatMap(laneFacts).toSorted(byLogOrder);

const byLogOrder = (a: TimelineFact, b: TimelineFact): number => a.from - b.from || a.item.pos - b.item.pos;
