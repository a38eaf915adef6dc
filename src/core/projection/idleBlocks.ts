import type { Block, SessionState } from '#protocol/state.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { USER } from '#protocol/ids.ts';
import { isActive } from '#core/fold/blockQueries.ts';
import { scope } from './describe.ts';
import { formatDuration } from '#protocol/duration.ts';

/** When a block that a worker set counts as one without need, in milliseconds. */
export const IDLE_BLOCK = {
  /** It keeps Claude from something while its worker has given no sign for so long. */
  silentMs: 5 * 60_000,
  /** It has stood so long without ever having kept Claude from anything, and nothing but its worker would end it. */
  unusedMs: 15 * 60_000,
} as const;

/** Blocks that stand without need, as far as that can be told from outside, with who set them. */
export function idleBlockNotices(state: SessionState, now: number): NoticeView[] {
  return [...state.blocks.values()].flatMap((block) => {
    const text = describeIdleBlock(state, block, now);
    return text === undefined
      ? []
      : [{ id: `idle-${block.id}`, kind: 'warning' as const, text, worker: block.worker, ts: block.sinceTs }];
  });
}

function describeIdleBlock(state: SessionState, block: Block, now: number): string | undefined {
  const { id, worker, sinceTs, firstEnforcedTs } = block;
  if (block.cause.kind !== 'hook' || worker === USER || !isActive(block, now)) return undefined;
  if (firstEnforcedTs === undefined) {
    const hasEnd = block.until.length > 0 || block.dueTs !== undefined;
    if (hasEnd || now - sinceTs < IDLE_BLOCK.unusedMs) return undefined;
    return `${id}, set by ${worker}, has stood for ${formatDuration(now - sinceTs)} and has kept Claude from nothing. Only ${worker} or you can end it.`;
  }
  const lastSignTs = Math.max(firstEnforcedTs, state.workers.get(worker)?.lastTs ?? 0);
  if (now - lastSignTs < IDLE_BLOCK.silentMs) return undefined;
  return `${id}, set by ${worker}, has kept Claude from ${scope(block)} for ${formatDuration(now - firstEnforcedTs)}, and ${worker} has given no sign for ${formatDuration(now - lastSignTs)}. Release it, or see what ${worker} does.`;
}
