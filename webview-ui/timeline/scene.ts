import type { TimelineFact, TimelineView } from '#protocol/timeline.ts';
import type { Layout } from './layout.ts';
import type { Extent, Range } from './viewport.ts';

/** What is to be painted: the view, and what part of it. */
export interface Scene {
  view: TimelineView;
  layout: Layout;
  range: Range;
  /** All that there is to see. */
  extent: Extent;
  /** Until when what lasts has lasted. */
  now: number;
  /** How far it is scrolled down, and the size of the picture, CSS pixels. */
  top: number;
  width: number;
  height: number;
  /** Width of the lanes' names. */
  gutter: number;
  hovered?: TimelineFact['item'] | undefined;
}

/** Where a time stands in the picture. */
export const xScale = ({
  range,
  width,
  gutter,
}: Pick<Scene, 'range' | 'width' | 'gutter'>): ((ts: number) => number) => {
  const scale = (width - gutter) / (range.to - range.from);
  return (ts) => gutter + (ts - range.from) * scale;
};
