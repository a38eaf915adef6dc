import type { MarkKind, TimelineMark, TimelineView } from '../../src/protocol/timeline.ts';
import type { TimelineFact } from '../../src/protocol/timelineFacts.ts';
import { MARK_SHAPES } from '../../src/protocol/timelineShapes.ts';
import { AXIS, BAR, MARK, OVERVIEW, firstFrom, type Layout } from './layout.ts';
import type { Look, Palette } from './palette.ts';
import { ticks } from './ticks.ts';
import type { Extent, Range } from './timeWindow.ts';
import { laneName } from './words.ts';

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

/** Lines to go by must not be louder than what happened. */
const FAINT = 0.16;
/** More lines between lanes would only be a tangle. */
const MOST_HANDOFFS = 300;

const shapes = new Map<MarkKind, Path2D>();

function shapeOf(kind: MarkKind): Path2D {
  let shape = shapes.get(kind);
  if (shape === undefined) shapes.set(kind, (shape = new Path2D(MARK_SHAPES[kind])));
  return shape;
}

export const xIn = ({ range, width, gutter }: Pick<Scene, 'range' | 'width' | 'gutter'>): ((ts: number) => number) => {
  const scale = (width - gutter) / (range.to - range.from);
  return (ts) => gutter + (ts - range.from) * scale;
};

/** Paints a scene: only the lanes in sight, and of their items what falls into the time that is seen. */
export function paint(context: CanvasRenderingContext2D, palette: Palette, scene: Scene): void {
  const { layout, top, width, height, gutter } = scene;
  const x = xIn(scene);
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
    let drawnTo = -Infinity;
    for (let i = firstFrom(row, (span) => (span.to ?? now) >= range.from); i < row.length; i++) {
      const span = row[i];
      if (span === undefined || span.from > range.to) break;
      const from = Math.max(gutter - 2, x(span.from));
      const to = Math.min(width + 2, x(span.to ?? Math.max(now, span.from)));
      // of what is finer than a pixel the first stands for all
      if (to <= drawnTo && span !== scene.hovered) continue;
      drawnTo = Math.max(to, from + (span.kind === 'block' ? 2 : 1));
      paintBar(context, palette.spans[span.kind], palette, { from, to: drawnTo, y, height });
      if (span.label !== undefined && to - from > 24) label(context, palette, span.label, { from, to, y, height });
      if (span === scene.hovered) outline(context, palette.hover, { from, to, y, height });
    }
  });
}

interface Box {
  from: number;
  to: number;
  y: number;
  height: number;
}

export function paintBar(
  context: CanvasRenderingContext2D,
  look: Look,
  { outline: border }: Palette,
  { from, to, y, height }: Box,
): void {
  const width = to - from;
  if (look.fill !== undefined) {
    context.fillStyle = look.fill;
    context.fillRect(from, y, width, height);
  }
  const stroke = look.stroke ?? border;
  if (stroke === undefined || (width < 3 && look.fill !== undefined)) return;
  context.strokeStyle = stroke;
  context.lineWidth = 1;
  context.setLineDash(look.dashed === true ? [3, 2] : []);
  context.strokeRect(from + 0.5, y + 0.5, Math.max(0, width - 1), height - 1);
  context.setLineDash([]);
}

/** On a plate of the ground, since no colour of text can be read on every pattern. */
function label(context: CanvasRenderingContext2D, palette: Palette, text: string, { from, to, y, height }: Box): void {
  context.font = palette.smallFont;
  const left = Math.max(from, 0) + 3;
  const room = to - left - 8;
  if (room < 12) return;
  const shown = fitting(context, text, room);
  if (shown === '') return;
  const width = context.measureText(shown).width;
  context.fillStyle = palette.ground;
  context.fillRect(left, y + 1, width + 5, height - 2);
  context.fillStyle = palette.text;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillText(shown, left + 2.5, y + height / 2 + 0.5);
}

/** As much of a text as there is room for. */
function fitting(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (text.length * 3 < room && context.measureText(text).width <= room) return text;
  for (let length = Math.min(text.length, Math.floor(room / 4)); length > 1; length--) {
    const short = length === text.length ? text : `${text.slice(0, length)}…`;
    if (context.measureText(short).width <= room) return short;
  }
  return '';
}

function outline(context: CanvasRenderingContext2D, color: string, { from, to, y, height }: Box): void {
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
  const drawn = new Map<MarkKind, number>();
  for (let i = firstFrom(marks, (m) => m.at >= range.from - edge); i < marks.length; i++) {
    const mark = marks[i];
    if (mark === undefined || mark.at > range.to + edge) break;
    const at = x(mark.at);
    if (at - (drawn.get(mark.kind) ?? -Infinity) < 2 && mark !== scene.hovered) continue;
    drawn.set(mark.kind, at);
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

function paintHandoffs(
  context: CanvasRenderingContext2D,
  palette: Palette,
  scene: Scene,
  x: (ts: number) => number,
): void {
  const { layout, range, top, height } = scene;
  context.strokeStyle = palette.dim;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  let count = 0;
  for (const { mark, lane } of handoffsOf(scene.view)) {
    if (mark.at < range.from || mark.at > range.to) continue;
    const [a, b] = [layout.indexOf(lane), layout.indexOf(mark.to ?? '')];
    if (a === undefined || b === undefined) continue;
    const [from, to] = [layout.row(a, 0).y + BAR / 2, layout.row(b, 0).y + BAR / 2];
    if (Math.max(from, to) < top || Math.min(from, to) > top + height) continue;
    const at = Math.round(x(mark.at)) + 0.5;
    context.moveTo(at, from);
    context.lineTo(at, to);
    // where it arrives
    const up = to < from ? 4 : -4;
    context.moveTo(at - 3, to + up);
    context.lineTo(at, to);
    context.lineTo(at + 3, to + up);
    if (++count > MOST_HANDOFFS) break;
  }
  context.stroke();
  context.setLineDash([]);
}

const handoffs = new WeakMap<TimelineView, { mark: TimelineMark; lane: string }[]>();

/** All handoffs of a view, found once. */
function handoffsOf(view: TimelineView): { mark: TimelineMark; lane: string }[] {
  let found = handoffs.get(view);
  if (found === undefined) {
    found = view.lanes.flatMap(({ id, marks }) =>
      marks.filter(({ to }) => to !== undefined).map((mark) => ({ mark, lane: id })),
    );
    handoffs.set(view, found);
  }
  return found;
}

/** Where the present is, while there is more to come. */
function paintNow(
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
function paintOverview(context: CanvasRenderingContext2D, palette: Palette, scene: Scene): void {
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

function paintNames(
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
    const found = layout.lanes[lane];
    if (found === undefined) continue;
    const bottom = layout.top(lane + 1) - top;
    context.fillStyle = palette.text;
    context.globalAlpha = FAINT;
    context.fillRect(0, Math.round(bottom) - 1, gutter, 1);
    context.globalAlpha = 1;
    const y = layout.row(lane, 0).y + BAR / 2 - top;
    const name = fitting(context, laneName(found.id), gutter - 16);
    context.fillStyle = palette.text;
    context.fillText(name, 10, y);
    const left = 10 + context.measureText(name).width + 8;
    if (found.task === undefined || left > gutter - 30) continue;
    context.fillStyle = palette.dim;
    context.fillText(fitting(context, found.task, gutter - left - 8), left, y);
  }
  context.restore();
}

function paintAxis(
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
