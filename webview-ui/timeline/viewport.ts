/** From the first to the last time of the log, epoch ms. */
export interface Extent {
  start: number;
  end: number;
}

/** Which part of the extent is visible: all of it, its newest part while it grows, or a fixed part. */
export interface Viewport extends Range {
  mode: 'fit' | 'follow' | 'free';
}

export interface Range {
  from: number;
  to: number;
}

/** The smallest visible range. */
const MIN_RANGE_MS = 20;
/** Space at both ends, as a share of the visible range. */
const MARGIN = 0.02;

/** The range that a viewport shows of an extent. */
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

/** Zooms in by a factor above 1, out by one below. The time `at` keeps its position; in `follow` mode the newest does. */
export function zoomed(viewport: Viewport, extent: Extent, factor: number, at?: number): Viewport {
  const { from, to } = visibleRange(viewport, extent);
  const all = fitRange(extent);
  const length = Math.max(MIN_RANGE_MS, (to - from) / factor);
  if (length > 0.99 * (all.to - all.from)) return { mode: 'fit', ...all };
  const anchor = viewport.mode === 'follow' ? to : (at ?? (from + to) / 2);
  const share = (anchor - from) / (to - from);
  const mode = viewport.mode === 'follow' ? 'follow' : 'free';
  return { mode, ...clampToExtent({ from: anchor - share * length, to: anchor + (1 - share) * length }, extent) };
}

/** Moves the viewport by a number of ms, unless all of the extent is visible. */
export function panned(viewport: Viewport, extent: Extent, ms: number): Viewport {
  if (viewport.mode === 'fit' || ms === 0) return viewport;
  const { from, to } = visibleRange(viewport, extent);
  return { mode: 'free', ...clampToExtent({ from: from + ms, to: to + ms }, extent) };
}

/** Moves the viewport just far enough to show a range, or its start if the range is too long. */
export function revealing(viewport: Viewport, extent: Extent, range: Range): Viewport {
  const { from, to } = visibleRange(viewport, extent);
  const margin = (to - from) * 0.1;
  if (range.from < from) return panned(viewport, extent, range.from - margin - from);
  if (range.to <= to || range.from <= to - margin) return viewport;
  return panned(viewport, extent, range.from - margin - from);
}

/** Follows the newest part with the same length; from `fit` mode with a tenth of the extent, at least a minute. */
export function following(viewport: Viewport, extent: Extent): Viewport {
  const shown = visibleRange(viewport, extent);
  const length =
    viewport.mode === 'fit'
      ? Math.max(60_000, (extent.end - extent.start) / 10)
      : Math.max(MIN_RANGE_MS, shown.to - shown.from);
  return { mode: 'follow', from: extent.end - length, to: extent.end };
}

/** The viewport, or all of the extent if the viewport is outside of it: the log may have been replaced. */
export const validViewport = (viewport: Viewport | undefined, extent: Extent): Viewport =>
  viewport === undefined || (viewport.mode === 'free' && (viewport.to < extent.start || viewport.from > extent.end))
    ? fitAll(extent)
    : viewport;

export const fitAll = (extent: Extent): Viewport => ({ mode: 'fit', ...fitRange(extent) });

/** Moves a range so that at most a third of it is outside the extent. */
function clampToExtent({ from, to }: Range, { start, end }: Extent): Range {
  const free = (to - from) / 3;
  const move = Math.max(0, start - free - from) || Math.min(0, end + free - to);
  return { from: from + move, to: to + move };
}
