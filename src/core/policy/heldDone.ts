import { isProvable, isProven } from '#core/fold/provable.ts';
import { isActive } from '#core/fold/queries.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { fitsAgent } from './match/agent.ts';

/**
 * The blocks that hold what a worker calls done until something is proven: those of completed tasks, which wait for a proof that is
 * missing. A worker has no hooks of Claude Code; it is its own command that is refused.
 */
export const heldDone = (state: SessionState, worker: string, now: number): Block[] =>
  [...state.blocks.values()].filter(
    (block) =>
      block.event === 'TaskCompleted' &&
      block.until.some((each) => isProvable(each) && !isProven(state, each.text)) &&
      isActive(block, now) &&
      (block.match?.agent === undefined || fitsAgent(block.match.agent, state, { role: worker, agentId: worker })),
  );
