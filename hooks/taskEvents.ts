import { blockReason } from '#core/policy/reason.ts';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import { deliver } from './delivery.ts';
import type { Answer } from './reply.ts';
import { limitRefusals } from './stop.ts';
import type { HookContext } from './hookContext.ts';

/** A task, a teammate's rest, a compaction: refused at once while a worker blocks it. */
export function onTaskEvent(ctx: HookContext): Answer {
  const { hook_event_name: event, task_subject, teammate_name } = ctx.payload;
  const active = activeBlocks(ctx.state, ctx.callContext(), ctx.env.now());
  const blocks = event === 'TeammateIdle' ? limitRefusals(ctx, active) : active;
  if (blocks.length === 0) return deliver(ctx);
  ctx.recordDenial(blocks, event, task_subject ?? teammate_name);
  return { ...deliver(ctx), block: blockReason(ctx.state, blocks, ctx.env.now(), ctx.cli) };
}
