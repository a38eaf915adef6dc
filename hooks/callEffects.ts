import { lockBypasses } from '#core/policy/lockBypasses.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import { closeAsks } from './permissionRequest.ts';
import type { HookContext } from './hookContext.ts';

/** What a call that has run tells: that its permission was given, and what it wrote past a lock. */
export function recordCallEffects(ctx: HookContext): void {
  closeAsks(ctx);
  reportLockBypasses(ctx);
}

/** What a shell wrote past a lock could not be refused: it is shown. */
function reportLockBypasses(ctx: HookContext): void {
  for (const { block, path } of lockBypasses(ctx.state, ctx.callContext(), ctx.env.now()))
    ctx.publish({
      t: 'log',
      level: 'warn',
      worker: ctx.agent,
      message: `${ctx.agent === CONDUCTOR ? 'Claude' : ctx.agent} wrote ${path} in a shell although ${block.worker} holds it (${block.id})`,
    });
}
