/** Conditions `mergeable:`, which pairs of branches they mean, and whether these would merge. */
import type { MergeSide } from '#protocol/parts.ts';
import type { MergePair, PendingCondition, SessionState } from '#protocol/state.ts';
import { COUNTS } from './limits.ts';
import { isMergeCondition, MERGEABLE } from './mergeCondition.ts';

/** A name of a branch may have a `+` in it, too; that many ways to read a condition are tried. */
const MAX_READINGS = 8;
/** So many digits of a commit are a name of it. */
const MIN_COMMIT_CHARS = 7;

/** Why nothing is known of a pair between a commit and the look at it. */
export const STALE = 'a commit has come since';

/** The identity of a pair: no path and no ref has a zero byte. */
export const mergeKey = ({ a, b }: Pick<MergePair, 'a' | 'b'>): string =>
  [a, b]
    .map(({ root, ref = '' }) => `${root}\0${ref}`)
    .toSorted()
    .join('\0\0');

/** The two that a condition could mean, by each `+` in it; none for one that means a branch and all others. */
export function mergeReadings(text: string): [first: string, second: string][] {
  const parts = text.slice(MERGEABLE.length).split('+');
  const readings = parts.slice(1).map((_, i): [string, string] => {
    return [parts.slice(0, i + 1).join('+'), parts.slice(i + 1).join('+')];
  });
  return readings.filter(([first, second]) => first !== '' && second !== '').slice(0, MAX_READINGS);
}

/** The name in a condition that means a branch and all others. */
export const mergeName = (text: string): string => text.slice(MERGEABLE.length);

/** Whether a person calls it that. */
export const isCalled = ({ names, commit = '' }: Pick<MergeSide, 'names' | 'commit'>, name: string): boolean =>
  names.includes(name) || (name.length >= MIN_COMMIT_CHARS && commit.startsWith(name));

/** The pairs that a condition means: those of the first way to read it that means any. */
export function mergesOf({ merges }: SessionState, text: string): MergePair[] {
  const all = [...merges.values()];
  const isPair = ({ a, b }: MergePair, [first, second]: readonly [string, string]): boolean =>
    isCalled(a, first) && isCalled(b, second);
  for (const [first, second] of mergeReadings(text)) {
    const found = all.filter((pair) => isPair(pair, [first, second]) || isPair(pair, [second, first]));
    if (found.length > 0) return found;
  }
  const name = mergeName(text);
  return all.filter(({ a, b }) => isCalled(a, name) || isCalled(b, name));
}

/** The line by which a condition is met; undefined where it is not, as while nothing is known. */
export function mergeReceipt(state: SessionState, text: string): number | undefined {
  const pairs = mergesOf(state, text);
  if (pairs.length === 0 || pairs.some(({ answer }) => answer !== 'clean')) return undefined;
  return Math.max(...pairs.map(({ pos }) => pos));
}

/** Whether a condition may be met in a moment: the two are looked at just now. */
export function isMergePending(state: SessionState, { text }: Pick<PendingCondition, 'text'>): boolean {
  const pairs = isMergeCondition({ text }) ? mergesOf(state, text) : undefined;
  return pairs !== undefined && pairs.every(({ answer, why }) => answer === 'clean' || why === STALE);
}

/** The conditions of that kind for which a block, a watch or a planned worker waits now. */
export function awaitedMerges({ blocks, watches, workers }: SessionState): Set<string> {
  const awaited = new Set<string>();
  const add = (conditions: readonly PendingCondition[]): void => {
    for (const each of conditions) if (awaited.size < COUNTS.proofs && isMergeCondition(each)) awaited.add(each.text);
  };
  for (const { ended, until } of blocks.values()) if (ended === undefined) add(until);
  for (const { until } of watches.values()) add(until);
  for (const { state, after } of workers.values())
    if (state === 'planned') add(after.map((text) => ({ text, met: false })));
  return awaited;
}
