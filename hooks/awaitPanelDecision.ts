import { consumeAnswer } from '#core/session/flags.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Answer } from './reply.ts';
import { waitForChange } from './hold.ts';
import type { HookContext } from './hookContext.ts';

/** Claude Code ends a hook at its timeout; the dialog stands all the same, but nobody would log that. */
const RESERVE_SECONDS = 5;
/** How often it is looked for what no file tells: that Claude has gone. */
const POLL_MS = 1000;

/**
 * Waits beside the dialog in the terminal for the person's answer from the panel. The dialog stays usable meanwhile: a
 * no there ends this hook by SIGTERM; after a yes Claude Code lets it wait on and takes no answer any more, and what
 * has been asked for is closed by the hook that sees the call done. `open` says the request,
 * once this process is ready for its end. Returns no answer unless the person gave one here.
 */
export async function awaitPanelDecision(ctx: HookContext, ask: string, publishAsk: () => void): Promise<Answer> {
  const { now, timeoutSeconds } = ctx.env;
  const deadline = now() + 1000 * (timeoutSeconds - RESERVE_SECONDS);
  const claude = process.ppid;
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once('SIGTERM', stop);
  try {
    publishAsk();
    ctx.refresh();
    while (ctx.state.asks.has(ask)) {
      if (stopped.signal.aborted || process.ppid !== claude || now() >= deadline) {
        ctx.publish({ t: 'answer', ask, decision: 'gone', by: CONDUCTOR });
        return {};
      }
      const decided = consumeAnswer(ctx.dir, ask);
      if (decided !== undefined) {
        const commentField = decided.comment === undefined ? {} : { word: decided.comment };
        ctx.publish({ t: 'answer', ask, decision: decided.decision, by: USER, ...commentField });
        if (decided.decision === 'allow') return { allow: true };
        return { block: decided.comment ?? 'The person at the keyboard does not allow this.' };
      }
      await waitForChange(ctx, POLL_MS, stopped.signal);
      ctx.refresh();
    }
    return {};
  } finally {
    process.off('SIGTERM', stop);
  }
}
