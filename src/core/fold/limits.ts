import type { Match } from '#protocol/parts.ts';
import type { SessionState } from '#protocol/state.ts';
import { ellipsize, truncate } from '#core/base/text.ts';

/** The longest texts that the state keeps, in characters. */
const MAX_TEXT = 8192;
const MAX_PATH = 4096;
const MAX_PATTERN = 1024;

/** How many of each a state keeps; docs/protocol.md has the table. A real session has a hundredth of it. */
export const COUNTS = {
  workers: 5000,
  blocks: 20_000,
  blocksOfWorker: 1000,
  watches: 1000,
  /** Information that is not delivered yet. */
  notes: 2000,
  checkpoints: 1000,
  /** Conditions `proven:` that are looked out for. */
  proofs: 100,
  /** Pairs of branches of which it is known whether they would merge. */
  merges: 300,
  ballots: 500,
  voters: 500,
  locks: 2000,
  /** Who holds and who waits for one lock. */
  requestsOfLock: 500,
  /** The same for all locks. */
  requests: 20_000,
  /** What conditions beside the first of their list, lists such as `done:all`, and checkpoints wait for: all together. */
  awaited: 50_000,
  /** Outboxes of other machines: a machine begins another one where the log was replaced. */
  outboxes: 10_000,
  /** The workers of a plan of which one may start after `done:all`. */
  peersOfPlanned: 500,
} as const;

/** A text as the state keeps it. */
export const boundedText = (text: string): string => ellipsize(text, MAX_TEXT);

/**
 * A match as a block keeps it, and a sentence about what is left out of it. Without a part that is too long a block
 * concerns more calls, never fewer.
 */
export function boundedMatch(match: Match | undefined): { match: Match | undefined; note?: string } {
  if (match === undefined) return { match };
  const { tool = '', path = '', command = '', agent = '' } = match;
  const fits = path.length <= MAX_PATH && [tool, command, agent].every(({ length }) => length <= MAX_PATTERN);
  return fits ? { match } : withoutLong(match);
}

/** A match without what is too long in it, and a sentence about that. */
export function withoutLong(match: Match): { match: Match; note: string } {
  const tooLong = (['tool', 'path', 'command', 'agent'] as const).filter(
    (part) => (match[part]?.length ?? 0) > (part === 'path' ? MAX_PATH : MAX_PATTERN),
  );
  const bounded = { ...match };
  for (const part of tooLong) delete bounded[part];
  const calls = bounded.tool === undefined ? 'every tool' : bounded.tool;
  return {
    match: bounded,
    note: `(Its ${tooLong.join(' and ')} is too long to be judged, so it concerns calls of ${calls}.)`,
  };
}

/** What goes beyond a limit, as it is named. Each is one text, made once: there may be a hundred thousand of them. */
const beyond = () => ({
  workers: `left out: more than ${COUNTS.workers} workers`,
  blocks: `left out: more than ${COUNTS.blocks} blocks, or ${COUNTS.blocksOfWorker} of one worker`,
  watches: `left out: more than ${COUNTS.watches} watches`,
  checkpoints: 'left out: a checkpoint, of too many or for too many workers',
  ballots: `left out: more than ${COUNTS.ballots} ballots`,
  voters: `left out: a ballot of more than ${COUNTS.voters} voters`,
  votes: `left out: more than ${COUNTS.voters} votes on a ballot`,
  locks: `left out: more than ${COUNTS.locks} locks`,
  requests: `left out: more than ${COUNTS.requestsOfLock} requests for a lock, or ${COUNTS.requests} for all`,
  notes: `left out: more than ${COUNTS.notes} pieces of information that wait`,
  steps: 'left out: a line with more to compare than a log of this length may cost',
  outboxes: `left out: more than ${COUNTS.outboxes} outboxes of other machines`,
  information: 'left out: information for a pattern that is too long',
  uncommitted: 'left out: uncommitted edits of more than 100 agents and checkouts',
  merges: `left out: more than ${COUNTS.merges} pairs of branches`,
});

let named: ReturnType<typeof beyond> | undefined;

/** Names something that goes beyond a limit, for the person: it stands among the damaged lines, with its number. */
export function countBeyondLimit(state: SessionState, what: keyof ReturnType<typeof beyond>): void {
  const name = (named ??= beyond())[what];
  const count = state.damaged.get(name);
  if (count === undefined) countByName(state.damaged, name);
  else state.damaged.set(name, count + 1);
}

/** Counts by a name that a writer chose: the number and the length of the names are bounded. */
export function countByName(counts: Map<string, number>, name: string): void {
  const short = truncate(name, 100);
  const known = counts.has(short) || counts.size < 50 ? short : 'other';
  counts.set(known, (counts.get(known) ?? 0) + 1);
}

/** A log may cost so many steps, and one more for so many bytes. A real one takes a hundredth of them. */
const FREE_STEPS = 300_000;
const BYTES_PER_STEP = 64;
/** What it costs to evaluate the conditions of one thing. */
export const STEPS_OF_EVALUATION = 10;
/** What it costs to look so many names up, one by one. */
export const stepsOfNames = (names: number): number => Math.ceil(names / 2);

/**
 * Whether a line may compare one thing with many others. It is a count and no time, so that a log always folds to the same
 * state. Where too much was compared, it is left out and named: what stands goes on standing.
 */
export function mayStep(state: SessionState, { pos }: { pos: number }): boolean {
  if (state.steps <= FREE_STEPS + pos / BYTES_PER_STEP) return true;
  countBeyondLimit(state, 'steps');
  return false;
}
