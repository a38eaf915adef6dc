import { blockReason } from '#core/policy/reason.ts';
import { isWatched, activeBlocks, canHold } from '#core/policy/activeBlocks.ts';
import { isPause } from '#core/fold/queries.ts';
import { isExemptCommand } from '#core/policy/exemptCommand.ts';
import type { Block } from '#protocol/state.ts';
import type { Answer } from './reply.ts';
import { toContext } from './toContext.ts';
import { callSummary } from './callSummary.ts';
import { loadColdHandlers } from './loadColdHandlers.ts';
import type { HookContext } from './hookContext.ts';

/** Before a call: let Fermata's own command through, wait for what blocks it, refuse with the reason, or rewrite its input. */
export async function onPreToolUse(ctx: HookContext): Promise<Answer> {
  const callContext = ctx.callContext();
  const { call } = callContext;
  const command = call?.tool === 'Bash' ? call.input['command'] : undefined;
  if (typeof command === 'string' && isExemptCommand(command, ctx.cli)) return { allow: true };
  const summary = callSummary(call);
  if (call !== undefined && isWatched(ctx.state, call, callContext.root)) {
    ctx.tryPublish({ t: 'tool', tool: call.tool, summary, agent: callContext.agentId });
    ctx.refresh();
  }
  const blocks = await holdWhileBlocked(ctx, summary);
  if (blocks.length > 0) {
    ctx.recordDenial(blocks, call?.tool ?? 'a tool', summary);
    const delivered = ctx.claimNotes('PostToolUse').filter((note) => note.kind !== 'rewrite');
    return { block: blockReason(ctx.state, blocks, ctx.env.now(), ctx.cli), ...toContext(delivered) };
  }
  const notes = ctx.claimNotes();
  const rewrites = notes.filter((note) => note.kind === 'rewrite');
  const input =
    rewrites.length === 0
      ? {}
      : {
          input: Object.assign({}, call?.input, ...rewrites.map((note) => note.updatedInput)) as Record<
            string,
            unknown
          >,
        };
  return { ...toContext(notes), ...input };
}

/** The blocks that stand once there is no more use in waiting. The waiting itself is in the other bundle. */
async function holdWhileBlocked(ctx: HookContext, summary: string | undefined): Promise<Block[]> {
  const blocks = activeBlocks(ctx.state, ctx.callContext(), ctx.env.now());
  const mayHold = ctx.settings['hold.seconds'] > 0 || blocks.some(isPause);
  if (!mayHold || blocks.length === 0 || !blocks.every((block) => canHold(ctx.state, block))) return blocks;
  const { hold } = await loadColdHandlers();
  return hold(ctx, summary);
}
