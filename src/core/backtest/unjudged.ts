/** Why a call could not be judged, as the end of a sentence. */
export const UNJUDGED = {
  summaryOnly: 'the transcript with their inputs is gone, and the log has only a summary of them',
  noLog: 'no log has recorded what others had not committed then',
  noFigures: 'what was spent then is in no transcript, and no log has recorded it',
  unreadable: 'their lines in the transcript are damaged or longer than 256 KiB',
  cut: 'the transcript is longer than what is read of one',
} as const;

export type UnjudgedReason = keyof typeof UNJUDGED;

/** Counts under a reason. */
export function addReason(counts: Map<UnjudgedReason, number>, reason: UnjudgedReason, count = 1): void {
  counts.set(reason, (counts.get(reason) ?? 0) + count);
}
