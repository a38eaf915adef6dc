import type { PendingCondition } from '#protocol/state.ts';

/** What a condition begins with that waits until branches would merge. */
export const MERGEABLE = 'mergeable:';

export const isMergeCondition = ({ text }: Pick<PendingCondition, 'text'>): boolean => text.startsWith(MERGEABLE);
