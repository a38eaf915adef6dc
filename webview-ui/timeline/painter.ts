import { type MarkKind, MARK_SHAPES, type SpanKind } from '#protocol/timeline.ts';
import { paintAxis, paintNames, paintNow, paintOverview } from './frame.ts';
import { paintHandoffs } from './handoffs.ts';
import { AXIS, BAR, firstFrom, MARK } from './layout.ts';
import type { Palette } from './palette.ts';
import { paintInside, paintLine, truncateToFit, xScale, type Brush, type Painting, type Scene } from './scene.ts';
import { ticks } from './ticks.ts';

/** A bar wider than this has room for the reason; a narrower one has the short name. */
const REASON_PX = 90;

const shapes = new Map<MarkKind, Path2D>();

function shapeOf(kind: MarkKind): Path2D {
  let shape = shapes.get(kind);
  if (shape === undefined) shapes.set(kind, (shape = new Path2D(MARK_SHAPES[kind])));
  return shape;
}

/** Paints a scene: only the visible lanes, and of those only the items in the visible range. */
export function paint(context: CanvasRenderingContext2D, palette: Palette, scene: Scene): void {
  const { layout, range, top, width, height, gutter } = scene;
  const x = xScale(scene);
  const painting: Painting = { context, palette, scene, x };
  const axisTicks = ticks(range, Math.max(2, Math.floor((width - gutter) / 90)));
  const first = layout.laneAt(top + AXIS);
  const last = layout.laneAt(top + height);
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, width, height);
  paintInside(painting, [gutter, AXIS, width - gutter, height - AXIS], () => {
    for (const { ts } of axisTicks) paintLine(painting, Math.round(x(ts)), AXIS, 1, height);
    context.translate(0, -top);
    for (let lane = first; lane <= last; lane++) paintLane(painting, lane);
    paintHandoffs(painting);
    for (let lane = first; lane <= last; lane++) paintMarks(painting, lane);
    context.translate(0, top);
    paintNow(painting);
  });
  paintOverview(painting);
  paintNames(painting, first, last);
  paintAxis(painting, axisTicks);
}

function paintLane(painting: Painting, lane: number): void {
  const { scene, x } = painting;
  const { layout, range, now, width, gutter, hovered } = scene;
  paintLine(painting, gutter, Math.round(layout.top(lane + 1)) - 1, width - gutter, 1);
  layout.lanes[lane]?.rows.forEach((row, index) => {
    const { y, height } = layout.row(lane, index);
    let paintedTo = -Infinity;
    for (let i = firstFrom(row, (span) => (span.to ?? now) >= range.from); i < row.length; i++) {
      const span = row[i];
      if (span === undefined || span.from > range.to) break;
      const from = Math.max(gutter - 2, x(span.from));
      const to = Math.min(width + 2, x(span.to ?? Math.max(now, span.from)));
      // of several spans in one pixel only the first is painted
      if (to <= paintedTo && span !== hovered) continue;
      paintedTo = Math.max(to, from + (span.kind === 'block' ? 2 : 1));
      paintBar(painting, span.kind, { from, to: paintedTo, y, height });
      const label = to - from > REASON_PX ? (span.text ?? span.label) : span.label;
      if (label !== undefined && to - from > 24) paintLabel(painting, label, { from, to, y, height });
      if (span === hovered) paintOutline(painting, { from, to, y, height });
    }
  });
}

interface BarBox {
  from: number;
  to: number;
  y: number;
  height: number;
}

/** Paints the bar of a span; also for the legend. */
export function paintBar({ context, palette }: Brush, kind: SpanKind, { from, to, y, height }: BarBox): void {
  const style = palette.spans[kind];
  const width = to - from;
  if (style.fill !== undefined) {
    context.fillStyle = style.fill;
    context.fillRect(from, y, width, height);
  }
  const stroke = style.stroke ?? palette.outline;
  if (stroke === undefined || (width < 3 && style.fill !== undefined)) return;
  context.strokeStyle = stroke;
  context.lineWidth = 1;
  context.setLineDash(style.dashed === true ? [3, 2] : []);
  context.strokeRect(from + 0.5, y + 0.5, Math.max(0, width - 1), height - 1);
  context.setLineDash([]);
}

/** Paints a label on a plate in the background's colour, since no text is readable on every pattern. */
function paintLabel({ context, palette }: Painting, text: string, { from, to, y, height }: BarBox): void {
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

function paintOutline({ context, palette }: Painting, { from, to, y, height }: BarBox): void {
  context.strokeStyle = palette.hover;
  context.lineWidth = 2;
  context.strokeRect(from, y, Math.max(2, to - from), height);
}

function paintMarks(painting: Painting, lane: number): void {
  const { scene, x } = painting;
  const { layout, range, gutter, width, hovered } = scene;
  const marks = layout.lanes[lane]?.marks ?? [];
  const y = layout.row(lane, 0).y + BAR / 2;
  const edge = ((range.to - range.from) / (width - gutter)) * MARK;
  const lastX = new Map<MarkKind, number>();
  for (let i = firstFrom(marks, (m) => m.at >= range.from - edge); i < marks.length; i++) {
    const mark = marks[i];
    if (mark === undefined || mark.at > range.to + edge) break;
    const at = x(mark.at);
    if (at - (lastX.get(mark.kind) ?? -Infinity) < 2 && mark !== hovered) continue;
    lastX.set(mark.kind, at);
    paintMark(painting, mark.kind, at, y);
    if (mark === hovered) paintOutline(painting, { from: at - MARK, to: at + MARK, y: y - BAR / 2, height: BAR });
  }
}

/** Paints a mark around a point; also for the legend. */
export function paintMark({ context, palette }: Brush, kind: MarkKind, x: number, y: number): void {
  context.save();
  context.translate(x, y);
  const shape = shapeOf(kind);
  context.lineJoin = 'round';
  // an edge in the background's colour separates the mark from what is behind it
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
