import type { Match } from '#protocol/parts.ts';
import type { SessionState } from '#protocol/state.ts';
import { ellipsize, truncate } from '#core/base/text.ts';

/** The longest texts that the state keeps, in characters. */
const MAX_TEXT = 8192;
const MAX_PATH = 4096;
const MAX_PATTERN = 1024;

/** How many of each a state keeps; docs/protocol.md has the table. A real session has a hundredth of it. */
export const COUNTS = {
  workers: 25_000,
  blocks: 25_000,
  blocksOfWorker: 1000,
  watches: 1000,
  checkpoints: 1000,
  ballots: 500,
  voters: 500,
  locks: 2000,
  /** Who holds and who waits for one lock. */
  requestsOfLock: 500,
  /** The workers that conditions such as `done:all`, and checkpoints, wait for: all lists of a session together. */
  awaited: 1_000_000,
} as const;

/** A text as the state keeps it. */
export const boundedText = (text: string): string => ellipsize(text, MAX_TEXT);

/**
 * A match as a block keeps it, and a sentence about what is left out of it. Without a part that is too long a block
 * concerns more calls, never fewer.
 */
export function boundedMatch(match: Match | undefined): { match: Match | undefined; note?: string } {
  if (match === undefined) return { match };
  const tooLong = (['tool', 'path', 'command'] as const).filter(
    (part) => (match[part]?.length ?? 0) > (part === 'path' ? MAX_PATH : MAX_PATTERN),
  );
  if (tooLong.length === 0) return { match };
  const bounded = { ...match };
  for (const part of tooLong) delete bounded[part];
  const calls = bounded.tool === undefined ? 'every tool' : bounded.tool;
  return {
    match: bounded,
    note: `(Its ${tooLong.join(' and ')} is too long to be judged, so it concerns calls of ${calls}.)`,
  };
}

/** Names something that goes beyond a limit, for the person: it stands among the damaged lines, with its number. */
export function countBeyondLimit(state: SessionState, what: string): void {
  countByName(state.damaged, `left out: ${what}`);
}

/** Counts by a name that a writer chose: the number and the length of the names are bounded. */
export function countByName(counts: Map<string, number>, name: string): void {
  const short = truncate(name, 100);
  const known = counts.has(short) || counts.size < 50 ? short : 'other';
  counts.set(known, (counts.get(known) ?? 0) + 1);
}
