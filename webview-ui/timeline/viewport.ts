/** From when to when there is something to see, epoch ms. */
export interface Extent {
  start: number;
  end: number;
}

/** How one looks at it: all of it, its newest part as it grows, or a part that stays. */
export interface Viewport {
  mode: 'fit' | 'follow' | 'free';
  from: number;
  to: number;
}

export interface Range {
  from: number;
  to: number;
}

/** Nobody looks at less. */
const MIN_RANGE_MS = 20;
/** Left free at both ends, as a share of what is seen. */
const MARGIN = 0.02;

/** What is seen of an extent. Pure, as all of this. */
export function visibleRange({ mode, from, to }: Viewport, extent: Extent): Range {
  if (mode === 'fit') return fitRange(extent);
  if (mode === 'free') return { from, to };
  const length = to - from;
  const end = extent.end + length * MARGIN;
  return { from: end - length, to: end };
}

function fitRange({ start, end }: Extent): Range {
  const length = Math.max(1000, end - start);
  return { from: start - length * MARGIN, to: start + length * (1 + MARGIN) };
}

/** Nearer by a factor above 1, farther below it; what is at `at` stays where it is, while following the newest does. */
export function zoomed(viewport: Viewport, extent: Extent, factor: number, at?: number): Viewport {
  const { from, to } = visibleRange(viewport, extent);
  const all = fitRange(extent);
  const length = Math.max(MIN_RANGE_MS, (to - from) / factor);
  // as good as all of it
  if (length > 0.99 * (all.to - all.from)) return { mode: 'fit', ...all };
  const anchor = viewport.mode === 'follow' ? to : (at ?? (from + to) / 2);
  const share = (anchor - from) / (to - from);
  const mode = viewport.mode === 'follow' ? 'follow' : 'free';
  return { mode, ...clampToExtent({ from: anchor - share * length, to: anchor + (1 - share) * length }, extent) };
}

/** Moved by so many ms; where everything is seen there is nowhere to go. */
export function panned(viewport: Viewport, extent: Extent, ms: number): Viewport {
  if (viewport.mode === 'fit' || ms === 0) return viewport;
  const { from, to } = visibleRange(viewport, extent);
  return { mode: 'free', ...clampToExtent({ from: from + ms, to: to + ms }, extent) };
}

/** Moved only as far as it takes to see that range, or its beginning where it is longer than what is seen. */
export function revealing(viewport: Viewport, extent: Extent, range: Range): Viewport {
  const { from, to } = visibleRange(viewport, extent);
  const margin = (to - from) * 0.1;
  if (range.from < from) return panned(viewport, extent, range.from - margin - from);
  if (range.to <= to || range.from <= to - margin) return viewport;
  return panned(viewport, extent, range.from - margin - from);
}

/** The newest part, as long as what is seen now; of all of it a tenth, or a minute. */
export function following(viewport: Viewport, extent: Extent): Viewport {
  const shown = visibleRange(viewport, extent);
  const length =
    viewport.mode === 'fit'
      ? Math.max(60_000, (extent.end - extent.start) / 10)
      : Math.max(MIN_RANGE_MS, shown.to - shown.from);
  return { mode: 'follow', from: extent.end - length, to: extent.end };
}

/** What was looked at, where it is still there: a log may have been replaced by another one. */
export const validViewport = (viewport: Viewport | undefined, extent: Extent): Viewport =>
  viewport === undefined || (viewport.mode === 'free' && (viewport.to < extent.start || viewport.from > extent.end))
    ? fitAll(extent)
    : viewport;

export const fitAll = (extent: Extent): Viewport => ({ mode: 'fit', ...fitRange(extent) });

/** Never more than a third of it where nothing is. */
function clampToExtent({ from, to }: Range, { start, end }: Extent): Range {
  const free = (to - from) / 3;
  const move = Math.max(0, start - free - from) || Math.min(0, end + free - to);
  return { from: from + move, to: to + move };
}
