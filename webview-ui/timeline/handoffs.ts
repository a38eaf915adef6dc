import type { TimelineMark, TimelineView } from '#protocol/timeline.ts';
import { BAR } from './layout.ts';
import type { Painting } from './scene.ts';

/** More lines between lanes would be a tangle. */
const MAX_HANDOFFS = 300;

/** Paints an arrow for each handoff, from the worker that hands work on to the one that gets it. */
export function paintHandoffs({ context, palette, scene, x }: Painting): void {
  const { view, layout, range, top, height } = scene;
  context.strokeStyle = palette.dim;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  let count = 0;
  for (const { mark, lane } of handoffsOf(view)) {
    if (mark.at < range.from || mark.at > range.to) continue;
    const [a, b] = [layout.indexOf(lane), layout.indexOf(mark.to ?? '')];
    if (a === undefined || b === undefined) continue;
    const [from, to] = [layout.row(a, 0).y + BAR / 2, layout.row(b, 0).y + BAR / 2];
    if (Math.max(from, to) < top || Math.min(from, to) > top + height) continue;
    const at = Math.round(x(mark.at)) + 0.5;
    context.moveTo(at, from);
    context.lineTo(at, to);
    // the arrowhead
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

/** All handoffs of a view, searched for once. */
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
