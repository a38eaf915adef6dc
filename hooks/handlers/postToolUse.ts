import { awaitedProofs } from '#core/fold/provable.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import type { ColdCode, Outcome } from '#hooks/outcome.ts';
import type { SessionWriter } from '#hooks/sessionWriter.ts';

/** After a call, or after all calls of one message. Rare cases load the other bundle. */
export async function onPostToolUse(
  ctx: HookContext,
  session: SessionWriter,
  loadCold: () => Promise<ColdCode>,
): Promise<Outcome> {
  const { asks, blocks, conductor, workers } = ctx.state;
  const aborted = ctx.state.aborted ?? workers.get(ctx.agent)?.abort;
  const isLocked = [...blocks.values()].some((block) => block.cause.kind === 'lock' && block.ended === undefined);
  const isRare = asks.size > 0 || isLocked || aborted !== undefined || awaitedProofs(ctx.state).size > 0;
  const cold = isRare ? await loadCold() : undefined;
  const events = (await cold?.callEffects(ctx, session.dir)) ?? [];
  if (cold && aborted !== undefined) return cold.endAbortedTurn(ctx, aborted.by, events);
  // a dialog that only a notification reported
  if (ctx.agent === CONDUCTOR && conductor.state === 'waiting' && asks.size === 0)
    events.push({ t: 'turn', state: 'working' });
  return { events };
}
