import { isMark, type TimelineFact } from '#protocol/timeline.ts';
import { rowOf } from './cursor.ts';
import { MARK, type Layout } from './layout.ts';

/** Where an item is, in the coordinates of all lanes, CSS pixels. */
export interface Box {
  left: number;
  right: number;
  y: number;
  height: number;
}

/** Where an item is drawn, in the coordinates of all lanes. */
export function boxOf(fact: TimelineFact, layout: Layout, x: (ts: number) => number, now: number): Box {
  const { y, height } = layout.row(layout.indexOf(fact.lane.id) ?? 0, rowOf(fact));
  if (isMark(fact.item))
    return { left: x(fact.from) - MARK - 1, right: x(fact.from) + MARK + 1, y: y - 1, height: height + 2 };
  return { left: x(fact.from), right: x(fact.to ?? now), y, height };
}

/** The part of it that is in sight; a sliver at the edge where none is. */
export function visibleBoxStyle(
  { left, right, y, height }: Box,
  gutter: number,
  width: number,
): Record<string, string> {
  const from = Math.min(Math.max(left, gutter), width - 4);
  const to = Math.max(Math.min(right, width), from + 4);
  return { left: `${from - 1}px`, width: `${to - from + 2}px`, top: `${y - 1}px`, height: `${height + 2}px` };
}

/** Where the tip of an item that has the focus points. */
export function tipAt(
  fact: TimelineFact,
  { left, right, y, height }: Box,
  scroller: HTMLElement | null,
  gutter: number,
  { width }: { width: number },
): { x: number; y: number; fact: TimelineFact; lane: number } {
  const from = Math.max(left, gutter);
  const middle = (from + Math.max(from, Math.min(right, width))) / 2;
  return { x: Math.min(middle, width), y: y + height - (scroller?.scrollTop ?? 0), fact, lane: 0 };
}
