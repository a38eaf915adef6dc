import { isPause } from '#core/fold/queries.ts';
import { isWatched } from '#core/policy/activeBlocks.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
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
  const context = ctx.callContext();
  if (ctx.state.watches.size > 0 && isWatched(ctx.state, context))
    session.tryPublish({
      t: 'tool',
      tool: context.call?.tool,
      summary: ctx.summary,
      agent: context.agentId ?? joinedName(ctx),
    });
  const waited = await holdWhileBlocked(ctx, session, loadCold);
  const held = ctx.mayTake ? (await loadCold()).warnOfSweeps(ctx, waited) : waited;
  // what a skill runs in a shell passes nothing on to Claude
  return ctx.payload['invoked_by'] === undefined ? held : { ...held, keepNotes: true };
}

/** The worker whose own session this is. */
const joinedName = ({ role }: HookContext): string | undefined => (role === CONDUCTOR ? undefined : role);

const isStop = ({ cause }: Block): boolean => cause.kind === 'abort';

/** What refuses the call when waiting is over or of no use. */
async function holdWhileBlocked(
  ctx: HookContext,
  session: SessionWriter,
  loadCold: () => Promise<ColdCode>,
): Promise<Outcome> {
  await ctx.prepareMatching();
  const refusedBy = ctx.activeBlocks();
  // where nothing waits a refusal loads no more: but a pause always waits, and a stop ends the agent
  const isImmediate = ctx.settings['hold.seconds'] === 0 && !refusedBy.some((block) => isPause(block) || isStop(block));
  if (isImmediate || refusedBy.length === 0) return { refusedBy };
  let cold: ColdCode;
  try {
    cold = await loadCold();
  } catch {
    // without that part of the program a call is refused at once
    return { refusedBy };
  }
  return cold.holdCall(ctx, session);
}
