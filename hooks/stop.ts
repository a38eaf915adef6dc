import { blockReason } from '#core/policy/reason.ts';
import { planChanges } from '#core/plans/planFile.ts';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Block } from '#protocol/state.ts';
import { withdrawAsks } from './permissionRequest.ts';
import { hold } from './hold.ts';
import { toContext } from './toContext.ts';
import type { Answer } from './reply.ts';
import { reconcileSubagents, recordSubagentEnd } from './subagents.ts';
import type { HookContext } from './hookContext.ts';

/** One cause refuses the end of a turn this often. */
const MAX_REFUSALS = 3;
/** Claude Code ends a turn, and tells nobody, when its end was refused more often than this in a row. */
const DEFAULT_STOP_CAP = 8;

/** The turn wants to end: wait, refuse with the reason, or let it, telling the person when it was refused often enough. */
export async function onStop(ctx: HookContext): Promise<Answer> {
  const callContext = ctx.callContext();
  const changes = planChanges(ctx.dir, ctx.state);
  if (changes.length > 0) {
    ctx.publish(...changes);
    ctx.refresh();
  }
  if (callContext.event === 'Stop' && callContext.role === CONDUCTOR) reconcileSubagents(ctx);
  // an aborted session is to come to its end
  const blocks = limitRefusals(ctx, ctx.state.aborted === undefined ? await hold(ctx, undefined) : []);
  if (blocks.length > 0) {
    ctx.recordDenial(blocks, callContext.event);
    const notes = ctx.claimNotes('PostToolUse').filter((note) => note.kind !== 'rewrite');
    return { block: blockReason(ctx.state, blocks, ctx.env.now(), ctx.cli), ...toContext(notes) };
  }
  const answer = toContext(ctx.claimNotes());
  // being told something, Claude goes on
  if (answer.context === undefined) recordTurnEnd(ctx);
  return answer;
}

function recordTurnEnd(ctx: HookContext): void {
  const { event, role } = ctx.callContext();
  withdrawAsks(ctx);
  if (event === 'SubagentStop') recordSubagentEnd(ctx);
  else if (role === CONDUCTOR) ctx.publish({ t: 'turn', state: 'idle' });
}

/**
 * Those of the blocks that may refuse the end of this turn once more: each only so often, and all of them together
 * less often than Claude Code's own limit, which nobody would be told of. When none may, the person is told what the
 * turn ended in spite of.
 */
export function limitRefusals(ctx: HookContext, blocks: Block[]): Block[] {
  const { agent, env, state } = ctx;
  const refusals = state.stopRefusals.get(agent)?.count ?? 0;
  const limit = Math.max(1, stopCapOf(env.env) - 1);
  const refusing = refusals >= limit ? [] : blocks.filter((block) => (block.stopCounts.get(agent) ?? 0) < MAX_REFUSALS);
  if (refusing.length > 0) return refusing;
  const who = agent === CONDUCTOR ? 'Claude' : agent;
  const active = state.aborted === undefined ? activeBlocks(state, ctx.callContext(), env.now()) : [];
  for (const block of active) {
    const times = refusals >= limit ? `its end was refused ${refusals} times in all` : `refused ${MAX_REFUSALS} times`;
    ctx.publish({
      t: 'log',
      level: 'escalate',
      worker: block.worker,
      message: `${who} ended its turn although ${block.id} was not resolved (${times}): ${block.text}`,
    });
  }
  return [];
}

/** How many refusals in a row Claude Code honours; 0 is none of its own, and then ours stays. */
function stopCapOf(processEnv: NodeJS.ProcessEnv): number {
  const value = Number(processEnv['CLAUDE_CODE_STOP_HOOK_BLOCK_CAP']);
  return Number.isInteger(value) && value > 0 ? value : DEFAULT_STOP_CAP;
}
