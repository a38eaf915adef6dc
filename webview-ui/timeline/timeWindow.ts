/** From when to when there is something to see, epoch ms. */
export interface Extent {
  start: number;
  end: number;
}

/** How one looks at it: all of it, its newest part as it grows, or a part that stays. */
export interface Looking {
  mode: 'fit' | 'follow' | 'free';
  from: number;
  to: number;
}

export interface Range {
  from: number;
  to: number;
}

/** Nobody looks at less. */
const LEAST_MS = 20;
/** Left free at both ends, as a share of what is seen. */
const MARGIN = 0.02;

/** What is seen of an extent. Pure, as all of this. */
export function visible({ mode, from, to }: Looking, extent: Extent): Range {
  if (mode === 'fit') return fitted(extent);
  if (mode === 'free') return { from, to };
  const length = to - from;
  const end = extent.end + length * MARGIN;
  return { from: end - length, to: end };
}

function fitted({ start, end }: Extent): Range {
  const length = Math.max(1000, end - start);
  return { from: start - length * MARGIN, to: start + length * (1 + MARGIN) };
}

/** Nearer by a factor above 1, farther below it; what is at `at` stays where it is, while following the newest does. */
export function zoomed(looking: Looking, extent: Extent, factor: number, at?: number): Looking {
  const { from, to } = visible(looking, extent);
  const all = fitted(extent);
  const length = Math.max(LEAST_MS, (to - from) / factor);
  // as good as all of it
  if (length > 0.99 * (all.to - all.from)) return { mode: 'fit', ...all };
  const anchor = looking.mode === 'follow' ? to : (at ?? (from + to) / 2);
  const share = (anchor - from) / (to - from);
  const mode = looking.mode === 'follow' ? 'follow' : 'free';
  return { mode, ...within({ from: anchor - share * length, to: anchor + (1 - share) * length }, extent) };
}

/** Moved by so many ms; where everything is seen there is nowhere to go. */
export function panned(looking: Looking, extent: Extent, ms: number): Looking {
  if (looking.mode === 'fit' || ms === 0) return looking;
  const { from, to } = visible(looking, extent);
  return { mode: 'free', ...within({ from: from + ms, to: to + ms }, extent) };
}

/** Moved only as far as it takes to see that range, or its beginning where it is longer than what is seen. */
export function revealing(looking: Looking, extent: Extent, range: Range): Looking {
  const { from, to } = visible(looking, extent);
  const margin = (to - from) * 0.1;
  if (range.from < from) return panned(looking, extent, range.from - margin - from);
  if (range.to <= to || range.from <= to - margin) return looking;
  return panned(looking, extent, range.from - margin - from);
}

/** The newest part, as long as what is seen now; of all of it a tenth, or a minute. */
export function following(looking: Looking, extent: Extent): Looking {
  const seen = visible(looking, extent);
  const length =
    looking.mode === 'fit'
      ? Math.max(60_000, (extent.end - extent.start) / 10)
      : Math.max(LEAST_MS, seen.to - seen.from);
  return { mode: 'follow', from: extent.end - length, to: extent.end };
}

/** What was looked at, where it is still there: a log may have been replaced by another one. */
export const stillThere = (looking: Looking | undefined, extent: Extent): Looking =>
  looking === undefined || (looking.mode === 'free' && (looking.to < extent.start || looking.from > extent.end))
    ? fitting(extent)
    : looking;

export const fitting = (extent: Extent): Looking => ({ mode: 'fit', ...fitted(extent) });

/** Never more than a third of it where nothing is. */
function within({ from, to }: Range, { start, end }: Extent): Range {
  const free = (to - from) / 3;
  const move = Math.max(0, start - free - from) || Math.min(0, end + free - to);
  return { from: from + move, to: to + move };
}
