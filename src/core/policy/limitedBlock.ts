import { isLimit } from '#core/fold/limitConditions.ts';
import { reachedLimits } from '#core/fold/reachedLimits.ts';
import type { Block, SeenCall, SessionState } from '#protocol/state.ts';

/** Who makes the call. */
interface LimitedCaller {
  role: string;
  agentId?: string;
  seen?: () => SeenCall;
}

/** A block with a limit as it concerns a call, with what has reached it; nothing where the call stays within. */
export function limitedBlock(state: SessionState, block: Block, context: LimitedCaller, now: number): Block[] {
  const { agentId, role, seen } = context;
  // beside a limit, what else it waits for holds all calls
  if (block.until.some((each) => !each.met && !isLimit(each))) return [block];
  const reached = reachedLimits(state, block, { agent: agentId ?? role, call: seen?.().call }, now);
  return reached.length === 0 ? [] : [{ ...block, text: [block.text, ...reached].join('\n') }];
}
