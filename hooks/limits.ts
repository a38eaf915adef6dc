/** What a hook does before a call where limits stand: they are those of the settings, and what they count is in the log. In programs.cjs. */
import { isCap } from '#core/fold/limitConditions.ts';
import { isCopy } from '#core/session/seat.ts';
import type { NewEvent } from '#core/log/append.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import { lookAtSpending } from './spending.ts';
import type { SessionWriter } from './sessionWriter.ts';
import { setLimits } from './settingLimits.ts';
import { statusLineEvents } from './statusLine.ts';

const STARTS_AGENTS = new Set(['Agent', 'Task']);

/** Brings the log up to date before a call is judged by its limits. */
export function prepareLimits(ctx: HookContext, session: SessionWriter): void {
  if (isCopy(session.dir)) return;
  setLimits(ctx, session);
  if (ctx.role === CONDUCTOR) session.tryPublish(...statusLineEvents(session.dir, ctx.state, ctx.env.now()));
  lookAtSpending(ctx, session);
  if (ctx.payload.hook_event_name === 'PreToolUse') session.tryPublish(...launchOf(ctx));
}

const hasCaps = ({ blocks }: SessionState): boolean =>
  [...blocks.values()].some((block) => block.ended === undefined && block.until.some(isCap));

/** A call that starts an agent, for those that are made at the same time: they are counted in the order of the log. */
function launchOf(ctx: HookContext): NewEvent[] {
  const { tool_name: tool = '', tool_input: input } = ctx.payload;
  if (!STARTS_AGENTS.has(tool) || !hasCaps(ctx.state)) return [];
  const { call, agent } = ctx.seenCall();
  const type = input?.['subagent_type'];
  return [{ t: 'launch', call, agent, type: typeof type === 'string' ? type : undefined }];
}
