import { watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '#core/base/clock.ts';
import { nonce } from '#core/base/nonce.ts';
import { canHold, MAX_NAMED_BLOCKS } from '#core/policy/activeBlocks.ts';
import { isPause } from '#core/fold/queries.ts';
import { sessionPaths } from '#core/base/paths.ts';
import type { Block } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import type { SessionWriter } from './sessionWriter.ts';

/** Claude Code kills a hook at its timeout and lets the action pass, so a hold ends earlier. */
const RESERVE_SECONDS = 5;
/** File events do not arrive on every file system, so the log is polled as well. */
const POLL_MS = 200;

/**
 * Waits in place until nothing blocks this action any more, the time for it is over, or a block appears for which waiting
 * is of no use. Returns the blocks that are active then. The log records what is held and for how long.
 */
export async function hold(ctx: HookContext, session: SessionWriter): Promise<Block[]> {
  const { timeoutSeconds } = ctx.env;
  await ctx.prepareMatching();
  let blocks = ctx.activeBlocks();
  const started = monotonicMs();
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
    monotonicMs() < limit();
  if (!shouldHold()) return blocks;
  const tool = ctx.payload.tool_name ?? ctx.payload.hook_event_name;
  const { summary } = ctx;
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
        session.tryPublish({ t: 'held', block: block.id, tool, id, summary });
      }
      await waitForChange(session, Math.min(POLL_MS, limit() - monotonicMs()), stopped.signal);
      session.refresh();
      await ctx.prepareMatching();
      blocks = ctx.activeBlocks();
    }
  } finally {
    process.off('SIGTERM', stop);
    const ms = Math.round(monotonicMs() - started);
    for (const [block, id] of held) session.tryPublish({ t: 'held', block, tool, id, ms, summary });
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
