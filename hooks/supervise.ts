import { superviseWorkers } from '#core/workers/startWorkers.ts';
import type { HookContext } from './hookContext.ts';

/** Does for planned workers what no runner may be left to do. Throws what went wrong. */
export function supervise(ctx: HookContext): void {
  const { log, settings, env } = ctx;
  const { home, env: processEnv, now } = env;
  const refresh = (): void => void ctx.refresh();
  superviseWorkers({ log, home, maxParallel: settings['workers.maxParallel'], env: processEnv, now: now(), refresh });
}
