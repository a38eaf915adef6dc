import { isMark, laneFacts, startOf, type TimelineFact, type TimelineLane } from '#protocol/timeline.ts';
import type { Layout } from './layout.ts';

/** Where the focus is: by name, since every snapshot is made anew. */
export interface Focus {
  lane: string;
  /** One line may say several things of a lane, but each kind once. */
  kind: string;
  pos: number;
  at: number;
}

const facts = new WeakMap<TimelineLane, TimelineFact[]>();

/** The facts of a lane in the order of the log, worked out once a snapshot. */
export function factsOf(lane: TimelineLane): TimelineFact[] {
  let cached = facts.get(lane);
  if (cached === undefined) facts.set(lane, (cached = laneFacts(lane)));
  return cached;
}

export const focusOn = (fact: TimelineFact): Focus => ({
  lane: fact.lane.id,
  kind: fact.kind,
  pos: fact.item.pos,
  at: startOf(fact.item),
});

/** What tells a fact from all others. */
export const keyOf = ({ lane, kind, item }: TimelineFact): string => `${lane.id} ${kind} ${item.pos}`;

/** The fact that has the focus; where it went into another one, what is nearest; the first one where there was none. */
export function focused(layout: Layout, focus: Focus | undefined): TimelineFact | undefined {
  const lane = focus && layout.lanes[layout.indexOf(focus.lane) ?? -1];
  if (lane === undefined) return firstFact(layout, 0, 1);
  const inSameLane = factsOf(lane);
  return (
    inSameLane.find(({ kind, item }) => kind === focus?.kind && item.pos === focus.pos) ??
    nearest(inSameLane, focus?.at ?? 0)
  );
}

/** Where a key leads to from a fact; undefined for keys that lead nowhere. */
export function nextFact(
  layout: Layout,
  from: TimelineFact,
  key: string,
  acrossLanes: boolean,
): TimelineFact | undefined {
  const inSameLane = factsOf(from.lane);
  const index = inSameLane.findIndex(({ item }) => item === from.item);
  const lane = layout.indexOf(from.lane.id) ?? 0;
  const last = layout.lanes.length - 1;
  switch (key) {
    case 'ArrowRight':
      return inSameLane[index + 1];
    case 'ArrowLeft':
      return inSameLane[index - 1];
    case 'Home':
      return acrossLanes ? firstFact(layout, 0, 1) : inSameLane[0];
    case 'End':
      return acrossLanes ? firstFact(layout, last, -1) : inSameLane.at(-1);
    case 'ArrowDown':
      return nearestInLane(layout, lane + 1, 1, from.from);
    case 'ArrowUp':
      return nearestInLane(layout, lane - 1, -1, from.from);
    case 'PageDown':
      return nearestInLane(layout, Math.min(last, lane + 10), -1, from.from);
    case 'PageUp':
      return nearestInLane(layout, Math.max(0, lane - 10), 1, from.from);
    default:
      return undefined;
  }
}

/** The row of its lane in which a fact is drawn. */
export function rowOf({ lane, item }: TimelineFact): number {
  return isMark(item)
    ? 0
    : Math.max(
        0,
        lane.rows.findIndex((row) => row.includes(item)),
      );
}

/** What is nearest in time in a lane; lanes in which nothing happened are passed by. */
function nearestInLane(layout: Layout, lane: number, step: number, at: number): TimelineFact | undefined {
  for (let i = lane; i >= 0 && i < layout.lanes.length; i += step) {
    const candidate = layout.lanes[i];
    const fact = candidate && nearest(factsOf(candidate), at);
    if (fact !== undefined) return fact;
  }
  return undefined;
}

function firstFact(layout: Layout, lane: number, step: number): TimelineFact | undefined {
  for (let i = lane; i >= 0 && i < layout.lanes.length; i += step) {
    const [first] = factsOf(layout.lanes[i] as TimelineLane);
    if (first !== undefined) return first;
  }
  return undefined;
}

/** What lasts over a moment, else what begins nearest to it. */
function nearest(candidates: TimelineFact[], at: number): TimelineFact | undefined {
  let best: TimelineFact | undefined;
  let distance = Infinity;
  for (const fact of candidates) {
    const { from, to = Infinity } = fact;
    const gap = from > at ? from - at : to < at ? at - to : 0;
    if (gap < distance) [best, distance] = [fact, gap];
  }
  return best;
}
