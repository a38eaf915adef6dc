import { MARK_SHAPES, type MarkKind } from '#protocol/timeline.ts';
import { truncateToFit } from './truncateToFit.ts';
import { paintAxis, paintNames, paintNow, paintOverview } from './frame.ts';
import { paintHandoffs } from './handoffs.ts';
import { AXIS, BAR, MARK, firstFrom } from './layout.ts';
import { FAINT, type FillStyle, type Palette } from './palette.ts';
import { xScale, type Scene } from './scene.ts';
import { ticks } from './ticks.ts';

const shapes = new Map<MarkKind, Path2D>();

function shapeOf(kind: MarkKind): Path2D {
  let shape = shapes.get(kind);
  if (shape === undefined) shapes.set(kind, (shape = new Path2D(MARK_SHAPES[kind])));
  return shape;
}

/** Paints a scene: only the lanes in sight, and of their items what falls into the time that is seen. */
export function paint(context: CanvasRenderingContext2D, palette: Palette, scene: Scene): void {
  const { layout, top, width, height, gutter } = scene;
  const x = xScale(scene);
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, width, height);
  context.save();
  context.beginPath();
  context.rect(gutter, AXIS, width - gutter, height - AXIS);
  context.clip();
  const marks = ticks(scene.range, Math.max(2, Math.floor((width - gutter) / 90)));
  context.fillStyle = palette.text;
  context.globalAlpha = FAINT;
  for (const { ts } of marks) context.fillRect(Math.round(x(ts)), AXIS, 1, height);
  context.globalAlpha = 1;
  const first = layout.laneAt(top + AXIS);
  const last = layout.laneAt(top + height);
  context.translate(0, -top);
  for (let lane = first; lane <= last; lane++) paintLane(context, palette, scene, lane, x);
  paintHandoffs(context, palette, scene, x);
  for (let lane = first; lane <= last; lane++) paintMarks(context, palette, scene, lane, x);
  context.translate(0, top);
  paintNow(context, palette, scene, x);
  context.restore();
  paintOverview(context, palette, scene);
  paintNames(context, palette, scene, first, last);
  paintAxis(
    context,
    palette,
    scene,
    marks.map(({ ts, text }) => ({ at: x(ts), text })),
  );
}

function paintLane(
  context: CanvasRenderingContext2D,
  palette: Palette,
  scene: Scene,
  lane: number,
  x: (ts: number) => number,
): void {
  const { layout, range, now, width, gutter } = scene;
  context.fillStyle = palette.text;
  context.globalAlpha = FAINT;
  context.fillRect(gutter, Math.round(layout.top(lane + 1)) - 1, width - gutter, 1);
  context.globalAlpha = 1;
  layout.lanes[lane]?.rows.forEach((row, index) => {
    const { y, height } = layout.row(lane, index);
    let paintedTo = -Infinity;
    for (let i = firstFrom(row, (span) => (span.to ?? now) >= range.from); i < row.length; i++) {
      const span = row[i];
      if (span === undefined || span.from > range.to) break;
      const from = Math.max(gutter - 2, x(span.from));
      const to = Math.min(width + 2, x(span.to ?? Math.max(now, span.from)));
      // of what is finer than a pixel the first stands for all
      if (to <= paintedTo && span !== scene.hovered) continue;
      paintedTo = Math.max(to, from + (span.kind === 'block' ? 2 : 1));
      paintBar(context, palette.spans[span.kind], palette, { from, to: paintedTo, y, height });
      if (span.label !== undefined && to - from > 24) label(context, palette, span.label, { from, to, y, height });
      if (span === scene.hovered) outline(context, palette.hover, { from, to, y, height });
    }
  });
}

interface BarBox {
  from: number;
  to: number;
  y: number;
  height: number;
}

export function paintBar(
  context: CanvasRenderingContext2D,
  style: FillStyle,
  { outline: border }: Palette,
  { from, to, y, height }: BarBox,
): void {
  const width = to - from;
  if (style.fill !== undefined) {
    context.fillStyle = style.fill;
    context.fillRect(from, y, width, height);
  }
  const stroke = style.stroke ?? border;
  if (stroke === undefined || (width < 3 && style.fill !== undefined)) return;
  context.strokeStyle = stroke;
  context.lineWidth = 1;
  context.setLineDash(style.dashed === true ? [3, 2] : []);
  context.strokeRect(from + 0.5, y + 0.5, Math.max(0, width - 1), height - 1);
  context.setLineDash([]);
}

/** On a plate of the ground, since no colour of text can be read on every pattern. */
function label(
  context: CanvasRenderingContext2D,
  palette: Palette,
  text: string,
  { from, to, y, height }: BarBox,
): void {
  context.font = palette.smallFont;
  const left = Math.max(from, 0) + 3;
  const maxWidth = to - left - 8;
  if (maxWidth < 12) return;
  const shown = truncateToFit(context, text, maxWidth);
  if (shown === '') return;
  const width = context.measureText(shown).width;
  context.fillStyle = palette.ground;
  context.fillRect(left, y + 1, width + 5, height - 2);
  context.fillStyle = palette.text;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillText(shown, left + 2.5, y + height / 2 + 0.5);
}

function outline(context: CanvasRenderingContext2D, color: string, { from, to, y, height }: BarBox): void {
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.strokeRect(from, y, Math.max(2, to - from), height);
}

function paintMarks(
  context: CanvasRenderingContext2D,
  palette: Palette,
  scene: Scene,
  lane: number,
  x: (ts: number) => number,
): void {
  const { layout, range, gutter, width } = scene;
  const marks = layout.lanes[lane]?.marks ?? [];
  const y = layout.row(lane, 0).y + BAR / 2;
  const edge = ((range.to - range.from) / (width - gutter)) * MARK;
  const lastX = new Map<MarkKind, number>();
  for (let i = firstFrom(marks, (m) => m.at >= range.from - edge); i < marks.length; i++) {
    const mark = marks[i];
    if (mark === undefined || mark.at > range.to + edge) break;
    const at = x(mark.at);
    if (at - (lastX.get(mark.kind) ?? -Infinity) < 2 && mark !== scene.hovered) continue;
    lastX.set(mark.kind, at);
    paintMark(context, palette, mark.kind, at, y);
    if (mark === scene.hovered)
      outline(context, palette.hover, { from: at - MARK, to: at + MARK, y: y - BAR / 2, height: BAR });
  }
}

/** A mark around a point; also for the legend. */
export function paintMark(
  context: CanvasRenderingContext2D,
  palette: Palette,
  kind: MarkKind,
  x: number,
  y: number,
): void {
  context.save();
  context.translate(x, y);
  const shape = shapeOf(kind);
  context.lineJoin = 'round';
  // an edge of the ground sets it off from whatever is behind it
  context.strokeStyle = palette.ground;
  context.lineWidth = 5;
  context.stroke(shape);
  context.fillStyle = palette.ground;
  context.fill(shape);
  context.strokeStyle = palette.marks[kind];
  context.lineWidth = 2;
  context.stroke(shape);
  context.restore();
}
