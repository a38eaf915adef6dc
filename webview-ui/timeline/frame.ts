import { laneName } from './factText.ts';
import { AXIS, BAR, OVERVIEW } from './layout.ts';
import { paintInside, paintLine, truncateToFit, type Painting } from './scene.ts';
import type { Tick } from './ticks.ts';

/** Paints the present as a vertical line, if the session is live. */
export function paintNow({ context, palette, scene: { view, now, height }, x }: Painting): void {
  if (!view.session.live) return;
  context.fillStyle = palette.now;
  context.fillRect(Math.round(x(now)), AXIS, 1, height);
}

/** Paints which part of the extent is visible, like a scroll bar; nothing if all of it is. */
export function paintOverview(painting: Painting): void {
  const { context, palette, scene } = painting;
  const { range, extent, width, height, gutter } = scene;
  const scale = (width - gutter) / Math.max(1, extent.end - extent.start);
  const from = Math.max(gutter, gutter + (range.from - extent.start) * scale);
  const to = Math.min(width, gutter + (range.to - extent.start) * scale);
  if (to - from >= width - gutter - 1) return;
  context.fillStyle = palette.ground;
  context.fillRect(gutter, height - OVERVIEW, width - gutter, OVERVIEW);
  paintLine(painting, gutter, height - OVERVIEW, width - gutter, 1);
  context.globalAlpha = 0.4;
  context.fillRect(Math.min(from, width - 8), height - OVERVIEW + 3, Math.max(8, to - from), OVERVIEW - 5);
  context.globalAlpha = 1;
}

/** Paints the names and tasks of the lanes between two indices, both included. */
export function paintNames(painting: Painting, first: number, last: number): void {
  const { context, palette, scene } = painting;
  const { layout, top, height, gutter } = scene;
  paintInside(painting, [0, AXIS, gutter, height - AXIS], () => {
    paintLine(painting, gutter - 1, AXIS, 1, height);
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    context.font = palette.font;
    for (let lane = first; lane <= last; lane++) {
      const laneView = layout.lanes[lane];
      if (laneView === undefined) continue;
      paintLine(painting, 0, Math.round(layout.top(lane + 1) - top) - 1, gutter, 1);
      const y = layout.row(lane, 0).y + BAR / 2 - top;
      const name = truncateToFit(context, laneName(laneView.id), gutter - 16);
      context.fillStyle = palette.text;
      context.fillText(name, 10, y);
      const left = 10 + context.measureText(name).width + 8;
      if (laneView.task === undefined || laneView.name !== laneView.id || left > gutter - 30) continue;
      context.fillStyle = palette.dim;
      context.fillText(truncateToFit(context, laneView.task, gutter - left - 8), left, y);
    }
  });
}

/** Paints the time axis above the lanes. */
export function paintAxis(painting: Painting, ticks: Tick[]): void {
  const { context, palette, scene, x } = painting;
  const { width, gutter } = scene;
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, width, AXIS);
  paintLine(painting, 0, AXIS - 1, width, 1);
  paintInside(painting, [gutter, 0, width - gutter, AXIS], () => {
    context.fillStyle = palette.dim;
    context.font = palette.font;
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    let next = Infinity;
    for (const { ts, text } of ticks.toReversed()) {
      const half = context.measureText(text).width / 2 + 4;
      // a text across the edge is moved inside, unless it would touch its neighbour
      const middle = Math.min(Math.max(x(ts), gutter + half), width - half);
      if (middle + half > next) continue;
      context.fillText(text, middle, AXIS / 2);
      next = middle - half;
    }
  });
}
