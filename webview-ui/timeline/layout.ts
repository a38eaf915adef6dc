import type { TimelineFact, TimelineLane, TimelineMark, TimelineSpan } from '#protocol/timeline.ts';

/** Sizes in CSS pixels. */
export const AXIS = 26;
export const BAR = 16;
const SLIM = 13;
const GAP = 2;
const PAD = 5;
/** Along the lower edge: what part of all is seen. */
export const OVERVIEW = 10;
/** Half the width of a mark. */
export const MARK = 6;

/** Where each lane stands: they are as high as they have rows. */
export class Layout {
  readonly lanes: TimelineLane[];
  readonly #tops: Float64Array;
  readonly #index = new Map<string, number>();

  constructor(lanes: TimelineLane[]) {
    this.lanes = lanes;
    this.#tops = new Float64Array(lanes.length + 1);
    this.#tops[0] = AXIS;
    lanes.forEach(({ id, rows }, i) => {
      this.#index.set(id, i);
      this.#tops[i + 1] = this.top(i) + 2 * PAD + BAR + (rows.length - 1) * (SLIM + GAP);
    });
  }

  get height(): number {
    return this.top(this.lanes.length) + PAD + OVERVIEW;
  }

  /** Where a lane begins. */
  top(lane: number): number {
    return this.#tops[lane] ?? 0;
  }

  indexOf(lane: string): number | undefined {
    return this.#index.get(lane);
  }

  /** Where a row of a lane is drawn. */
  row(lane: number, row: number): { y: number; height: number } {
    const y = this.top(lane) + PAD;
    return row === 0 ? { y, height: BAR } : { y: y + BAR + GAP + (row - 1) * (SLIM + GAP), height: SLIM };
  }

  /** The lane at a height; above the first it is the first, below the last the last. */
  laneAt(y: number): number {
    let [low, high] = [0, this.lanes.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.top(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** What is drawn at a place, marks before what lies under them. */
  itemAt(
    x: number,
    y: number,
    xOf: (ts: number) => number,
    end: number,
  ): { lane: number; item: TimelineFact['item'] } | undefined {
    const lane = this.laneAt(y);
    const laneView = this.lanes[lane];
    if (laneView === undefined || y < this.top(lane) || y >= this.top(lane + 1)) return undefined;
    const bar = this.row(lane, 0);
    if (y <= bar.y + bar.height + 1) {
      const mark = nearestMark(laneView.marks, x, xOf);
      if (mark !== undefined) return { lane, item: mark };
    }
    const row = laneView.rows.findIndex((_, i) => {
      const { y: top, height } = this.row(lane, i);
      return y >= top - 1 && y <= top + height + 1;
    });
    const span = spanNear(laneView.rows[row] ?? [], x, xOf, end);
    return span === undefined ? undefined : { lane, item: span };
  }
}

function nearestMark(marks: TimelineMark[], x: number, xOf: (ts: number) => number): TimelineMark | undefined {
  let nearest: TimelineMark | undefined;
  let distance = MARK + 1;
  // the last one is drawn on top
  for (let i = firstFrom(marks, (m) => xOf(m.at) >= x - distance); i < marks.length; i++) {
    const mark = marks[i];
    if (mark === undefined || xOf(mark.at) > x + MARK + 1) break;
    const gap = Math.abs(xOf(mark.at) - x);
    if (gap <= distance) [nearest, distance] = [mark, gap];
  }
  return nearest;
}

/** The span there; one that is too short to be hit is hit beside it. */
function spanNear(row: TimelineSpan[], x: number, xOf: (ts: number) => number, end: number): TimelineSpan | undefined {
  const from = firstFrom(row, (span) => xOf(span.to ?? end) >= x - 3);
  let best: TimelineSpan | undefined;
  for (let i = from; i < row.length; i++) {
    const span = row[i];
    if (span === undefined || xOf(span.from) > x + 3) break;
    best ??= span;
    if (xOf(span.from) <= x) best = span;
    if (xOf(span.to ?? end) >= x && xOf(span.from) <= x) return span;
  }
  return best;
}

/** Index of the first item for which something holds that holds for all after it, too. */
export function firstFrom<T>(items: readonly T[], predicate: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && predicate(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
