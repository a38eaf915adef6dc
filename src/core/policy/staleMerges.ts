import { checkoutOf, commitOfRef, headOf } from '#core/base/gitWorktrees.ts';
import { mergesOf, STALE } from '#core/fold/mergePairs.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { MergeSide } from '#protocol/parts.ts';
import type { MergePair, SessionState } from '#protocol/state.ts';

/**
 * The pairs that conditions mean and of which one has another commit than the one that was looked at, by git's own files: what is
 * known of them counts no more. Where these do not show it, it counts.
 */
export const staleMerges = (state: SessionState, texts: Iterable<string>): MergePair[] =>
  [...new Set([...texts].flatMap((text) => mergesOf(state, text)))].filter(
    ({ a, b, why }) => why !== STALE && (isStale(a) || isStale(b)),
  );

/** The same as events. */
export const staleMergeEvents = (state: SessionState, texts: Iterable<string>): NewEvent[] =>
  staleMerges(state, texts).map(({ a, b }): NewEvent => ({ t: 'mergeable', a, b, answer: 'unknown', why: STALE }));

function isStale({ root, ref, commit }: MergeSide): boolean {
  const checkout = checkoutOf(root);
  if (checkout === undefined) return true;
  if (ref !== undefined && !ref.startsWith('refs/')) return false;
  const now = ref === undefined ? headOf(checkout).commit : commitOfRef(checkout.common, ref);
  return now !== undefined && now !== commit;
}
