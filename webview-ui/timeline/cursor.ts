import { type TimelineLane, laneFacts, startOf, type TimelineFact } from '#protocol/timeline.ts';
import type { Layout } from './layout.ts';

/** The fact with the focus, by its properties, since every snapshot has new objects. */
export interface Focus {
  lane: string;
  /** One line of the log may be several facts of a lane, but each of another kind. */
  kind: string;
  pos: number;
  at: number;
}

const facts = new WeakMap<TimelineLane, TimelineFact[]>();

/** The facts of a lane in the order of the log, computed once for each snapshot. */
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

/** A unique key of a fact. */
export const keyOf = ({ lane, kind, item }: TimelineFact): string => `${lane.id} ${kind} ${item.pos}`;

/** The fact with the focus. If it was merged into another one, the nearest in its lane; without a focus the first fact. */
export function focused(layout: Layout, focus: Focus | undefined): TimelineFact | undefined {
  const lane = focus && layout.lanes[layout.indexOf(focus.lane) ?? -1];
  if (lane === undefined) return findInLanes(layout, 0, 1, firstOf);
  const inSameLane = factsOf(lane);
  return (
    inSameLane.find(({ kind, item }) => kind === focus?.kind && item.pos === focus.pos) ??
    nearest(inSameLane, focus?.at ?? 0)
  );
}

/** The fact to which a key moves the focus; undefined if it does not move. */
export function nextFact(layout: Layout, from: TimelineFact, key: string, allLanes: boolean): TimelineFact | undefined {
  const inSameLane = factsOf(from.lane);
  const index = inSameLane.findIndex(({ item }) => item === from.item);
  const lane = layout.indexOf(from.lane.id) ?? 0;
  const last = layout.lanes.length - 1;
  const nearestToStart = (candidates: TimelineFact[]): TimelineFact | undefined => nearest(candidates, from.from);
  switch (key) {
    case 'ArrowRight':
      return inSameLane[index + 1];
    case 'ArrowLeft':
      return inSameLane[index - 1];
    case 'Home':
      return allLanes ? findInLanes(layout, 0, 1, firstOf) : inSameLane[0];
    case 'End':
      return allLanes ? findInLanes(layout, last, -1, firstOf) : inSameLane.at(-1);
    case 'ArrowDown':
      return findInLanes(layout, lane + 1, 1, nearestToStart);
    case 'ArrowUp':
      return findInLanes(layout, lane - 1, -1, nearestToStart);
    case 'PageDown':
      return findInLanes(layout, Math.min(last, lane + 10), -1, nearestToStart);
    case 'PageUp':
      return findInLanes(layout, Math.max(0, lane - 10), 1, nearestToStart);
    default:
      return undefined;
  }
}

const firstOf = ([first]: TimelineFact[]): TimelineFact | undefined => first;

/** The first fact that `pick` finds; the search starts at a lane and goes on in steps. */
function findInLanes(
  layout: Layout,
  start: number,
  step: 1 | -1,
  pick: (facts: TimelineFact[]) => TimelineFact | undefined,
): TimelineFact | undefined {
  for (let i = start; ; i += step) {
    const lane = layout.lanes[i];
    const fact = lane && pick(factsOf(lane));
    if (lane === undefined || fact !== undefined) return fact;
  }
}

/** The fact that spans a time, or else the nearest one. */
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

/** Opens a line of the log; with `stay` the focus stays in the timeline. */
export type OpenLine = (pos: number, stay: boolean) => void;
