import type { SessionState } from '#protocol/state.ts';
import { countBeyondLimit, COUNTS } from './limits.ts';

/** A longer text is no `via`. */
const MAX_VIA_CHARS = 300;

/** The outbox of another machine that a line is from, as `gpu1/k3x9`; undefined for a line of this machine. */
export function viaOf(value: unknown): string | undefined {
  const line = value as { via?: unknown; off?: unknown } | null | undefined;
  const via = line?.via;
  // most lines have none, and a fold looks at each of them
  if (via === undefined) return undefined;
  return typeof via === 'string' && via.length <= MAX_VIA_CHARS && Number.isSafeInteger(line?.off) ? via : undefined;
}

/** The machine in a `via`. */
export const machineOf = (via: string): string => via.split('/', 1)[0] ?? '';

/**
 * Whether a line of an outbox was taken before. Each has the place where it ends there (`off`), so how far an outbox is taken
 * stands in the log itself: a line that ends no further came twice, and has no effect.
 */
export function isRepeated(state: SessionState, via: string, { off }: { off: number }): boolean {
  const { machines } = state;
  const taken = machines.get(via);
  if (off <= (taken ?? 0)) return true;
  if (taken === undefined && machines.size >= COUNTS.outboxes) {
    countBeyondLimit(state, 'outboxes');
    return true;
  }
  machines.set(via, off);
  return false;
}
