import type { TimelineMark, TimelineView } from '#protocol/timeline.ts';
import { BAR } from './layout.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';

/** More lines between lanes would only be a tangle. */
const MAX_HANDOFFS = 300;

/** Lines from who hands work on to who is handed it. */
export function paintHandoffs(
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
    if (++count > MAX_HANDOFFS) break;
  }
  context.stroke();
  context.setLineDash([]);
}

const handoffs = new WeakMap<TimelineView, { mark: TimelineMark; lane: string }[]>();

/** All handoffs of a view, found once. */
function handoffsOf(view: TimelineView): { mark: TimelineMark; lane: string }[] {
  let cached = handoffs.get(view);
  if (cached === undefined) {
    cached = view.lanes.flatMap(({ id, marks }) =>
      marks.filter(({ to }) => to !== undefined).map((mark) => ({ mark, lane: id })),
    );
    handoffs.set(view, cached);
  }
  return cached;
}
