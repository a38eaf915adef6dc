import { watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { nonce } from '#core/base/nonce.ts';
import { activeBlocks, canHold } from '#core/policy/activeBlocks.ts';
import { isPause } from '#core/fold/queries.ts';
import { sessionPaths } from '#core/base/paths.ts';
import type { Block } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';

/** Claude Code kills a hook at its timeout and lets the action pass: a hold must be over well before. */
const RESERVE_SECONDS = 5;
/** Where file events do not arrive, the log is looked at this often all the same. */
const POLL_MS = 200;

/**
 * Waits in place until nothing blocks this call any more, or the time for it is over, or a block came that is no use
 * waiting for. Returns the blocks that stand then. The log says what is held and for how long.
 */
export async function hold(ctx: HookContext, summary: string | undefined): Promise<Block[]> {
  const { now, timeoutSeconds } = ctx.env;
  const activeNow = (): Block[] => activeBlocks(ctx.state, ctx.callContext(), now());
  let blocks = activeNow();
  const started = now();
  const limit = (): number => {
    const seconds = blocks.some(isPause) ? Infinity : ctx.settings['hold.seconds'];
    return started + 1000 * Math.max(0, Math.min(seconds, timeoutSeconds - RESERVE_SECONDS));
  };
  const parent = process.ppid;
  const shouldHold = (): boolean =>
    // with Claude gone there is no call to hold any more
    process.ppid === parent &&
    blocks.length > 0 &&
    blocks.every((block) => canHold(ctx.state, block)) &&
    now() < limit();
  if (!shouldHold()) return blocks;
  const tool = ctx.payload.tool_name ?? ctx.payload.hook_event_name;
  const optionalSummary = summary === undefined ? {} : { summary };
  const held = new Map<string, string>();
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once('SIGTERM', stop);
  try {
    while (shouldHold() && !stopped.signal.aborted) {
      for (const block of blocks) {
        if (held.has(block.id)) continue;
        held.set(block.id, nonce());
        ctx.tryPublish({ t: 'held', block: block.id, tool, id: held.get(block.id), ...optionalSummary });
      }
      await waitForChange(ctx, Math.min(POLL_MS, limit() - now()), stopped.signal);
      ctx.refresh();
      blocks = activeNow();
    }
  } finally {
    process.off('SIGTERM', stop);
    const ms = now() - started;
    for (const [block, id] of held) ctx.tryPublish({ t: 'held', block, tool, id, ms, ...optionalSummary });
  }
  return stopped.signal.aborted ? [] : blocks;
}

/** Returns when the session's folder or its flags change, or after `ms`. */
export async function waitForChange(ctx: HookContext, ms: number, stopped: AbortSignal): Promise<void> {
  const changed = new AbortController();
  const paths = sessionPaths(ctx.dir);
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
    // what came between the last look and the start of watching
    if (ctx.refresh()) return;
    await delay(Math.max(1, ms), undefined, { signal: AbortSignal.any([changed.signal, stopped]) });
  } catch {
    // changed, or stopped
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}
