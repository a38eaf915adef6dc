import { CONDUCTOR } from '#protocol/ids.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import { ring } from '#hooks/ring.ts';
import { withdrawnAsks } from './permissionRequest.ts';

/** Claude Code waits for the person with these: a question or a dialog is open in its terminal. */
const WAITING_TYPES = /^(permission_prompt|elicitation_dialog|worker_permission_prompt|agent_needs_input)$/;
const RESUMED_TYPES = /^elicitation_(complete|response)$/;

/**
 * Claude Code notifies the person: it waits for them, or has been waiting for a prompt for a while. The terminal rings,
 * unless it did at the request itself, which it cannot while a hook waits beside the dialog.
 */
export function onNotification(ctx: HookContext): Outcome {
  const { notification_type: type = '', message = type } = ctx.payload;
  const isRungFor = [...ctx.state.asks.values()].some(({ answerable }) => answerable !== true);
  return { ...turnChange(ctx), ...(WAITING_TYPES.test(type) && !isRungFor ? ring(ctx, message) : {}) };
}

function turnChange(ctx: HookContext): Outcome {
  const { state, payload, role } = ctx;
  const { notification_type: type = '', message } = payload;
  const turn = state.conductor.state;
  if (role !== CONDUCTOR) return {};
  if (type === 'idle_prompt') {
    // an interrupted turn ends without a Stop: this is the first report of its end
    const events = withdrawnAsks(ctx);
    const isOpen = turn === 'working' || turn === 'waiting' || turn === 'unknown';
    return { events: isOpen ? [...events, { t: 'turn', state: 'idle' }] : events };
  }
  if (state.asks.size > 0) return {};
  if (WAITING_TYPES.test(type) && turn !== 'ended')
    return { events: [{ t: 'turn', state: 'waiting', reason: message ?? type }] };
  if (RESUMED_TYPES.test(type) && turn === 'waiting') return { events: [{ t: 'turn', state: 'working' }] };
  return {};
}
