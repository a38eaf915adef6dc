import { nonce } from '#core/base/nonce.ts';
import { permissionSummary } from '#core/policy/permissionSummary.ts';
import { blockReason } from '#core/policy/reason.ts';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Ask } from '#protocol/state.ts';
import { awaitPanelDecision } from './awaitPanelDecision.ts';
import { deliver } from './delivery.ts';
import type { Answer } from './reply.ts';
import { callSummary } from './callSummary.ts';
import type { HookContext } from './hookContext.ts';

/** Tools by which Claude asks the person for more than a permission: no worker answers those. */
const QUESTIONS = ['AskUserQuestion', 'ExitPlanMode'];

/** A permission is asked for: denied where a worker blocks that, else said, so that everybody sees what Claude waits for. */
export async function onPermissionRequest(ctx: HookContext): Promise<Answer> {
  const callContext = ctx.callContext();
  const { call } = callContext;
  if (call === undefined) return {};
  const active = QUESTIONS.includes(call.tool) ? [] : activeBlocks(ctx.state, callContext, ctx.env.now());
  if (active.length > 0) {
    ctx.recordDenial(active, call.tool, callSummary(call));
    return { block: blockReason(ctx.state, active, ctx.env.now(), ctx.cli), ...deliver(ctx) };
  }
  const worker = ctx.agent;
  if (ctx.settings.permissions === 'off') {
    // what is asked is not shown then; that Claude waits for the person is so all the same
    if (worker === CONDUCTOR) ctx.publish({ t: 'turn', state: 'waiting' });
    return deliver(ctx);
  }
  const ask = nonce();
  const answerable = ctx.settings.permissions === 'answer' && !QUESTIONS.includes(call.tool);
  const publishAsk = (): void =>
    ctx.publish({
      t: 'ask',
      ask,
      tool: call.tool,
      summary: permissionSummary(call),
      ...(worker === CONDUCTOR ? {} : { worker }),
      ...(answerable ? { answerable } : {}),
    });
  if (answerable) return { ...(await awaitPanelDecision(ctx, ask, publishAsk)), ...deliver(ctx) };
  publishAsk();
  return deliver(ctx);
}

/** A call has run, so its permission was given; at the end of a batch what was asked for and did not run was denied. */
export function closeAsks(ctx: HookContext): void {
  const { call, event } = ctx.callContext();
  const own = [...ctx.state.asks.values()].filter((ask) => (ask.worker ?? CONDUCTOR) === ctx.agent);
  if (event === 'PostToolBatch') return publishAnswers(ctx, own, 'deny');
  const ran = call && own.find((ask) => ask.tool === call.tool && ask.summary === permissionSummary(call));
  if (ran !== undefined) publishAnswers(ctx, [ran], 'allow');
}

/** The turn of an agent is over, or is another one: nothing that it asked for is asked any more. */
export function withdrawAsks(ctx: HookContext, agent: string = ctx.agent): void {
  const own = [...ctx.state.asks.values()].filter((ask) => (ask.worker ?? CONDUCTOR) === agent);
  publishAnswers(ctx, own, 'gone');
}

function publishAnswers(ctx: HookContext, asks: Ask[], decision: string): void {
  if (asks.length === 0) return;
  const by = decision === 'gone' ? CONDUCTOR : USER;
  ctx.publish(...asks.map(({ id }) => ({ t: 'answer' as const, ask: id, decision, by })));
  ctx.refresh();
}
