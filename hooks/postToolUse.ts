import { CONDUCTOR } from '#protocol/ids.ts';
import { toContext } from './toContext.ts';
import type { Answer } from './reply.ts';
import { loadColdHandlers } from './loadColdHandlers.ts';
import type { HookContext } from './hookContext.ts';

/** After a call, or after all calls of one message: what it tells us is said, and what workers have to say is told. */
export async function onPostToolUse(ctx: HookContext): Promise<Answer> {
  const { state } = ctx;
  const locked = [...state.blocks.values()].some((block) => block.cause.kind === 'lock' && block.ended === undefined);
  if (state.asks.size > 0 || locked) (await loadColdHandlers()).recordCallEffects(ctx);
  if (state.aborted !== undefined) return endAbortedTurn(ctx, state.aborted.by);
  // a dialog of which only a notification told
  if (ctx.agent === CONDUCTOR && state.conductor.state === 'waiting' && state.asks.size === 0) {
    ctx.publish({ t: 'turn', state: 'working' });
    ctx.refresh();
  }
  return toContext(ctx.claimNotes());
}

/** The only case in which a turn ends in mid-work; it ends without a Stop, so this is where it is said. */
function endAbortedTurn(ctx: HookContext, by: string): Answer {
  if (ctx.payload.hook_event_name !== 'PostToolBatch') return {};
  const end = `Fermata: the session was aborted by ${by}. It goes on when the block is released.`;
  if (ctx.agent === CONDUCTOR) ctx.publish({ t: 'turn', state: 'idle', reason: `aborted by ${by}` });
  return { end };
}
