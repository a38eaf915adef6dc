import { watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '#core/base/clock.ts';
import { nonce } from '#core/base/nonce.ts';
import { denialText } from '#core/fold/heldCalls.ts';
import { canHold, MAX_NAMED_BLOCKS } from '#core/policy/activeBlocks.ts';
import { holdMs } from '#core/policy/holdLimit.ts';
import { leadingText } from '#core/policy/modelText.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { USER } from '#protocol/ids.ts';
import type { Block, DeniedCall } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import type { Outcome } from './outcome.ts';
import { isAgentStopped, refuseStopped } from './stoppedAgent.ts';
import type { SessionWriter } from './sessionWriter.ts';

/** File events do not arrive on every file system, so the log is polled as well. */
const POLL_MS = 200;

/** Waits as `hold` does. A call that the person refuses meanwhile is refused in their name, whatever else holds it. */
export async function holdCall(ctx: HookContext, session: SessionWriter): Promise<Outcome> {
  const blocks = await hold(ctx, session);
  if (isAgentStopped(ctx)) return refuseStopped(ctx, blocks);
  const denial = denialOf(ctx);
  if (denial === undefined) return { refusedBy: blocks };
  // their ends may have come together with the person's word
  const ended = [...ctx.state.blocks.values()].filter(({ heldBefore }) => heldBefore === denial.call);
  const answer = { block: leadingText(denialText(denial.word)) };
  return { refusedBy: blocks.length > 0 ? blocks : ended, by: USER, answer };
}

function denialOf(ctx: HookContext): DeniedCall | undefined {
  const { denials } = ctx.state;
  if (denials === undefined) return undefined;
  const { call } = ctx.seenCall();
  return denials.find((each) => each.call === call);
}

/**
 * Waits in place until nothing blocks this action any more, the time for it is over, or a block appears for which waiting
 * is of no use. Returns the blocks that are active then. The log records what is held and for how long.
 */
export async function hold(ctx: HookContext, session: SessionWriter): Promise<Block[]> {
  const { timeoutSeconds } = ctx.env;
  await ctx.prepareMatching();
  let blocks = ctx.activeBlocks();
  const started = monotonicMs();
  const limit = (): number => started + holdMs(blocks, ctx.settings['hold.seconds'], timeoutSeconds);
  const parent = process.ppid;
  const shouldHold = (): boolean =>
    // with Claude gone there is no call to hold any more
    process.ppid === parent &&
    blocks.length > 0 &&
    blocks.every((block) => canHold(ctx.state, block)) &&
    denialOf(ctx) === undefined &&
    monotonicMs() < limit();
  if (!shouldHold()) return blocks;
  // the digest is of use only where the call is refused
  const { digest: _, ...call } = ctx.seenCall();
  const held = new Map<string, string>();
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once('SIGTERM', stop);
  try {
    while (shouldHold() && !stopped.signal.aborted) {
      for (const block of blocks.slice(0, MAX_NAMED_BLOCKS)) {
        if (held.has(block.id)) continue;
        const id = nonce();
        held.set(block.id, id);
        const limitMs = Math.round(limit() - monotonicMs());
        session.tryPublish({ t: 'held', block: block.id, id, limitMs, ...call });
      }
      await waitForChange(session, Math.min(POLL_MS, limit() - monotonicMs()), stopped.signal);
      session.refresh();
      await ctx.prepareMatching();
      blocks = ctx.activeBlocks();
    }
  } finally {
    process.off('SIGTERM', stop);
    const ms = Math.round(monotonicMs() - started);
    for (const [block, id] of held) session.tryPublish({ t: 'held', block, id, ms, ...call });
  }
  return stopped.signal.aborted ? [] : blocks;
}

/** Returns when the session's folder or its flags change, or after `ms`. */
export async function waitForChange(session: SessionWriter, ms: number, stopped: AbortSignal): Promise<void> {
  const changed = new AbortController();
  const paths = sessionPaths(session.dir);
  const watchers = [paths.dir, paths.flags].flatMap((folder) => {
    try {
      const watcher = watch(folder, () => changed.abort());
      watcher.on('error', () => changed.abort());
      return [watcher];
    } catch {
      return [];
    }
  });
  try {
    // a change before the start of watching causes no event
    if (session.refresh()) return;
    await delay(Math.max(1, ms), undefined, { signal: AbortSignal.any([changed.signal, stopped]) });
  } catch {
    // changed, or stopped
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}
