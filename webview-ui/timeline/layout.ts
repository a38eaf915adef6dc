import {
  type TimelineLane,
  type TimelineMark,
  type TimelineSpan,
  isMark,
  type TimelineFact,
} from '#protocol/timeline.ts';

/** Height of the time axis; this and the next ones in CSS pixels. */
export const AXIS = 26;
/** Height of a lane's first row, and of its other rows. */
export const BAR = 16;
const SLIM = 13;
/** Space between rows, and above and below a lane's rows. */
const GAP = 2;
const PAD = 5;
/** Height of the overview at the lower edge. */
export const OVERVIEW = 10;
/** Half the width of a mark. */
export const MARK = 6;

/** The vertical positions of lanes and rows, from the top of all lanes. A lane is as high as its rows need. */
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

  top(lane: number): number {
    return this.#tops[lane] ?? 0;
  }

  indexOf(lane: string): number | undefined {
    return this.#index.get(lane);
  }

  row(lane: number, row: number): { y: number; height: number } {
    const y = this.top(lane) + PAD;
    return row === 0 ? { y, height: BAR } : { y: y + BAR + GAP + (row - 1) * (SLIM + GAP), height: SLIM };
  }

  /** The index of the lane at a height; the first or last lane for a height outside all lanes. */
  laneAt(y: number): number {
    let [low, high] = [0, this.lanes.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.top(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The item at a point. Marks come first, since they are painted over spans. */
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
  // the last one is painted on top
  for (let i = firstFrom(marks, (m) => xOf(m.at) >= x - distance); i < marks.length; i++) {
    const mark = marks[i];
    if (mark === undefined || xOf(mark.at) > x + MARK + 1) break;
    const gap = Math.abs(xOf(mark.at) - x);
    if (gap <= distance) [nearest, distance] = [mark, gap];
  }
  return nearest;
}

/** The span at a position, or one within 3 pixels, so that short spans can be hit. */
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

/** Index of the first item that meets the predicate, by binary search: all later items must meet it as well. */
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

/** A rectangle, from the top of all lanes, CSS pixels. */
interface Box {
  left: number;
  right: number;
  y: number;
  height: number;
}

/** The rectangle of an item; `now` is the end of spans that have not ended. */
export function boxOf(fact: TimelineFact, layout: Layout, x: (ts: number) => number, now: number): Box {
  const { lane, item, from, to } = fact;
  const laneIndex = layout.indexOf(lane.id) ?? 0;
  if (isMark(item)) {
    const { y, height } = layout.row(laneIndex, 0);
    return { left: x(from) - MARK - 1, right: x(from) + MARK + 1, y: y - 1, height: height + 2 };
  }
  const row = lane.rows.findIndex((each) => each.includes(item));
  return { left: x(from), right: x(to ?? now), ...layout.row(laneIndex, Math.max(0, row)) };
}

/** The style of an element over the visible part of a box; a sliver at the edge if nothing of it is visible. */
export function visibleStyle({ left, right, y, height }: Box, gutter: number, width: number): Record<string, string> {
  const from = Math.min(Math.max(left, gutter), width - 4);
  const to = Math.max(Math.min(right, width), from + 4);
  return { left: `${from - 1}px`, width: `${to - from + 2}px`, top: `${y - 1}px`, height: `${height + 2}px` };
}

/** The point below the middle of the visible part of a box. */
export function tipPoint({ left, right, y, height }: Box, gutter: number, width: number): { x: number; y: number } {
  const from = Math.max(left, gutter);
  const middle = (from + Math.max(from, Math.min(right, width))) / 2;
  return { x: Math.min(middle, width), y: y + height };
}
