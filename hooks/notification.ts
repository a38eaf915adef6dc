import { CONDUCTOR } from '#protocol/ids.ts';
import { withdrawAsks } from './permissionRequest.ts';
import { deliver } from './delivery.ts';
import type { Answer } from './reply.ts';
import { recordSubagentFailure } from './subagents.ts';
import type { HookContext } from './hookContext.ts';

/** Longest piece of an error message that the log keeps. */
const MAX_REASON_CHARS = 500;
/** Claude Code waits for the person with these; a question or a dialog stands in its terminal. */
const WAITING_TYPES = /^(permission_prompt|elicitation_dialog|worker_permission_prompt|agent_needs_input)$/;
const RESUMED_TYPES = /^elicitation_(complete|response)$/;

/** Claude Code notifies the person: it waits for them, or has been waiting for a prompt for a while. */
export function onNotification(ctx: HookContext): Answer {
  const { state, payload, role } = ctx;
  const { notification_type: type = '', message } = payload;
  if (role !== CONDUCTOR) return deliver(ctx);
  const turnState = state.conductor.state;
  if (type === 'idle_prompt') {
    // an interrupted turn ends without a Stop: this is the first that is heard of it
    withdrawAsks(ctx);
    if (turnState === 'working' || turnState === 'waiting' || turnState === 'unknown')
      ctx.publish({ t: 'turn', state: 'idle' });
  } else if (WAITING_TYPES.test(type) && state.asks.size === 0 && turnState !== 'ended') {
    ctx.publish({ t: 'turn', state: 'waiting', reason: message ?? type });
  } else if (RESUMED_TYPES.test(type) && turnState === 'waiting' && state.asks.size === 0) {
    ctx.publish({ t: 'turn', state: 'working' });
  }
  return deliver(ctx);
}

/** A turn ended with an error of the API instead of a Stop: nobody would otherwise know that Claude stands still. */
export function onStopFailure(ctx: HookContext): Answer {
  const { last_assistant_message: lastMessage, error } = ctx.payload;
  const text =
    lastMessage !== undefined && lastMessage !== ''
      ? lastMessage
      : typeof error === 'string'
        ? error
        : 'an unknown error';
  const reason = text.slice(0, MAX_REASON_CHARS);
  withdrawAsks(ctx);
  if (ctx.agent !== CONDUCTOR) {
    recordSubagentFailure(ctx, reason);
    return deliver(ctx);
  }
  ctx.publish(
    { t: 'turn', state: 'idle', reason },
    { t: 'log', level: 'escalate', message: `Claude's turn ended with an error: ${reason}` },
  );
  return deliver(ctx);
}
