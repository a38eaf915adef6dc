import { isOfPerson, isPause } from '#core/fold/queries.ts';
import type { Block } from '#protocol/state.ts';

/** Claude Code kills a hook at its timeout and lets the action pass, so a hold ends earlier. */
const RESERVE_SECONDS = 5;

/**
 * How long a call may be held for blocks at most, in milliseconds: for those of the person as long as the hook may run.
 * @param setting `fermata.hold.seconds`
 * @param timeoutSeconds after which Claude Code kills the hook
 */
export function holdMs(blocks: readonly Block[], setting: number, timeoutSeconds: number): number {
  const isLong = blocks.some((block) => isPause(block) || (setting > 0 && isOfPerson(block)));
  return 1000 * Math.max(0, Math.min(isLong ? Infinity : setting, timeoutSeconds - RESERVE_SECONDS));
}
