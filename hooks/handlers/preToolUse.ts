import { isPause } from '#core/fold/queries.ts';
import { canHold, isWatched } from '#core/policy/activeBlocks.ts';
import type { Block } from '#protocol/state.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import type { ColdCode, Outcome } from '#hooks/outcome.ts';
import type { SessionWriter } from '#hooks/sessionWriter.ts';

/** Before a call: lets Fermata's own command through, records a watched call, and holds or refuses a blocked one. */
export async function onPreToolUse(
  ctx: HookContext,
  session: SessionWriter,
  loadCold: () => Promise<ColdCode>,
): Promise<Outcome> {
  if (await ctx.isExempt()) return { answer: { allow: true }, keepNotes: true };
  const { call, root, agentId } = ctx.callContext();
  if (call !== undefined && isWatched(ctx.state, call, root))
    session.tryPublish({ t: 'tool', tool: call.tool, summary: ctx.summary, agent: agentId });
  return { refusedBy: await holdWhileBlocked(ctx, session, loadCold) };
}

/** The blocks that are active when waiting is over or of no use. */
async function holdWhileBlocked(
  ctx: HookContext,
  session: SessionWriter,
  loadCold: () => Promise<ColdCode>,
): Promise<Block[]> {
  await ctx.prepareMatching();
  const blocks = ctx.activeBlocks();
  const mayHold = ctx.settings['hold.seconds'] > 0 || blocks.some(isPause);
  if (!mayHold || blocks.length === 0 || !blocks.every((block) => canHold(ctx.state, block))) return blocks;
  let cold: ColdCode;
  try {
    cold = await loadCold();
  } catch {
    // without that part of the program a call is refused at once
    return blocks;
  }
  return cold.hold(ctx, session);
}
