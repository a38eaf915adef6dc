/** How fast something is spent: from a few samples of a count over the last minutes. */
import type { Sample } from '#protocol/state.ts';

/** The time over which a rate is measured: long enough for a turn, short enough to be what goes on now. */
export const RATE_WINDOW_MS = 600_000;
/** In a shorter time no rate shows. */
const MIN_MS = 60_000;
/** Samples that are closer together are one: a rate needs no more of them. */
const SPACING_MS = 60_000;

/** The samples with another one, as many as a rate needs. A count that has sunk is that of something else, and begins anew. */
export function withSample(samples: readonly Sample[] | undefined, ts: number, amount: number): Sample[] {
  const known = samples ?? [];
  const last = known.at(-1);
  if (last === undefined || amount < last[1]) return [[ts, amount]];
  // lines may come out of order
  const newest = Math.max(ts, last[0]);
  // the newest one before the window is what the others are compared with
  const within = known.filter((_, i) => (known[i + 1]?.[0] ?? newest) > newest - RATE_WINDOW_MS);
  const [before, latest] = within.slice(-2);
  const isClose = before !== undefined && latest !== undefined && latest[0] - before[0] < SPACING_MS;
  return [...(isClose ? within.slice(0, -1) : within), [newest, amount]];
}

/**
 * How much is spent in a millisecond by all whose samples these are. Undefined where that is not known yet, and where nothing
 * was spent.
 */
export function rateOf(series: readonly (readonly Sample[])[], now: number): number | undefined {
  const from = now - RATE_WINDOW_MS;
  const begins = series.flatMap(([first]) => (first === undefined ? [] : [first[0]]));
  // without a sample none has begun
  const sinceMs = now - Math.max(from, Math.min(...begins));
  if (sinceMs < MIN_MS) return undefined;
  const spent = series.reduce((sum, samples) => sum + spentSince(samples, from), 0);
  return spent > 0 ? spent / sinceMs : undefined;
}

function spentSince(samples: readonly Sample[], from: number): number {
  const before = samples.findLast(([ts]) => ts <= from) ?? samples[0];
  return (samples.at(-1)?.[1] ?? 0) - (before?.[1] ?? 0);
}
