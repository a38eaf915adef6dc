import { exists } from '#core/base/files/facts.ts';
import { sessionPaths } from '#core/base/paths.ts';
import type { HookContext } from './hookContext.ts';
import type { SessionWriter } from './sessionWriter.ts';

/** Starts what carries the session's words to other machines, where they are to have it. Where they are not, this costs one look. */
export async function reachOtherMachines(ctx: HookContext, session: SessionWriter): Promise<void> {
  if (!exists(sessionPaths(session.dir).seat) && ctx.settings['machines.share'] !== 'all') return;
  const { keepShared } = await import('#core/machines/keepShared.ts');
  session.attempt('other machines are not reached', () => keepShared(session.dir, ctx.env.home, ctx.env.env));
}
