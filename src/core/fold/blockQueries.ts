import { USER } from '#protocol/ids.ts';
import type { Block } from '#protocol/state.ts';

/** Whether a block is active at `now` (epoch ms): it has not ended, and its time is not over, even if no reader has logged that yet. */
export const isActive = (block: Block, now: number): boolean =>
  block.ended === undefined && !(block.dueTs !== undefined && now >= block.dueTs);

/** Whether a block is the person's pause: hooks hold its calls for as long as they can, whatever `hold.seconds` says. */
export const isPause = (block: Block): boolean => block.worker === USER && block.key === 'pause';
