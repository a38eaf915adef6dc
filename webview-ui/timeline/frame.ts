import { truncateToFit } from './truncateToFit.ts';
import { AXIS, BAR, OVERVIEW } from './layout.ts';
import { FAINT, type Palette } from './palette.ts';
import type { Scene } from './scene.ts';
import { laneName } from './factText.ts';

/** Where the present is, while there is more to come. */
export function paintNow(
  context: CanvasRenderingContext2D,
  palette: Palette,
  { view, now, height }: Scene,
  x: (ts: number) => number,
): void {
  if (!view.session.live) return;
  context.fillStyle = palette.now;
  context.fillRect(Math.round(x(now)), AXIS, 1, height);
}

/** As a scroll bar shows it; nothing where all is seen. */
export function paintOverview(context: CanvasRenderingContext2D, palette: Palette, scene: Scene): void {
  const { range, extent, width, height, gutter } = scene;
  const scale = (width - gutter) / Math.max(1, extent.end - extent.start);
  const from = Math.max(gutter, gutter + (range.from - extent.start) * scale);
  const to = Math.min(width, gutter + (range.to - extent.start) * scale);
  if (to - from >= width - gutter - 1) return;
  context.fillStyle = palette.ground;
  context.fillRect(gutter, height - OVERVIEW, width - gutter, OVERVIEW);
  context.fillStyle = palette.text;
  context.globalAlpha = FAINT;
  context.fillRect(gutter, height - OVERVIEW, width - gutter, 1);
  context.globalAlpha = 0.4;
  context.fillRect(Math.min(from, width - 8), height - OVERVIEW + 3, Math.max(8, to - from), OVERVIEW - 5);
  context.globalAlpha = 1;
}

/** The lanes' names, beside the picture. */
export function paintNames(
  context: CanvasRenderingContext2D,
  palette: Palette,
  scene: Scene,
  first: number,
  last: number,
): void {
  const { layout, top, height, gutter } = scene;
  context.save();
  context.beginPath();
  context.rect(0, AXIS, gutter, height - AXIS);
  context.clip();
  context.fillStyle = palette.text;
  context.globalAlpha = FAINT;
  context.fillRect(gutter - 1, AXIS, 1, height);
  context.globalAlpha = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.font = palette.font;
  for (let lane = first; lane <= last; lane++) {
    const laneView = layout.lanes[lane];
    if (laneView === undefined) continue;
    const bottom = layout.top(lane + 1) - top;
    context.fillStyle = palette.text;
    context.globalAlpha = FAINT;
    context.fillRect(0, Math.round(bottom) - 1, gutter, 1);
    context.globalAlpha = 1;
    const y = layout.row(lane, 0).y + BAR / 2 - top;
    const name = truncateToFit(context, laneName(laneView.id), gutter - 16);
    context.fillStyle = palette.text;
    context.fillText(name, 10, y);
    const left = 10 + context.measureText(name).width + 8;
    if (laneView.task === undefined || left > gutter - 30) continue;
    context.fillStyle = palette.dim;
    context.fillText(truncateToFit(context, laneView.task, gutter - left - 8), left, y);
  }
  context.restore();
}

/** What time it is where. */
export function paintAxis(
  context: CanvasRenderingContext2D,
  palette: Palette,
  { width, gutter }: Scene,
  marks: { at: number; text: string }[],
): void {
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, width, AXIS);
  context.fillStyle = palette.text;
  context.globalAlpha = FAINT;
  context.fillRect(0, AXIS - 1, width, 1);
  context.globalAlpha = 1;
  context.save();
  context.beginPath();
  context.rect(gutter, 0, width - gutter, AXIS);
  context.clip();
  context.fillStyle = palette.dim;
  context.font = palette.font;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  let next = Infinity;
  for (const { at, text } of marks.toReversed()) {
    const half = context.measureText(text).width / 2 + 4;
    // one that would stand over the edge is moved, unless it came too near to its neighbour
    const middle = Math.min(Math.max(at, gutter + half), width - half);
    if (middle + half > next) continue;
    context.fillText(text, middle, AXIS / 2);
    next = middle - half;
  }
  context.restore();
}
