import { IDLE_BLOCK } from '#core/projection/notices.ts';
import type { ViewModel } from '#protocol/viewModel.ts';

/** When the view would differ though nothing was said, epoch ms: somebody falls silent, a block or a notice comes due. Pure. */
export function nextViewChange(view: ViewModel, silentSeconds: number): number | undefined {
  const silent = view.workers
    .filter((w) => !w.silent && (w.state === 'running' || w.state === 'starting'))
    .flatMap((w) => (w.lastTs === undefined ? [] : [w.lastTs + silentSeconds * 1000 + 1]));
  const due = view.blocks.flatMap((b) => (b.standing && b.dueTs !== undefined ? [b.dueTs] : []));
  const idle = view.blocks
    .filter((b) => b.standing)
    .flatMap((b) => [
      b.sinceTs + IDLE_BLOCK.unusedMs + 1,
      ...(b.firstStruckTs === undefined ? [] : [b.firstStruckTs + IDLE_BLOCK.silentMs + 1]),
    ]);
  const lastActivity =
    idle.length === 0 ? [] : view.workers.flatMap((w) => (w.lastTs ?? -Infinity) + IDLE_BLOCK.silentMs + 1);
  const notices = view.notices.flatMap((n) => n.dueTs ?? []);
  const times = [...silent, ...due, ...idle, ...lastActivity, ...notices].filter((ts) => ts > view.generatedTs);
  return times.length === 0 ? undefined : Math.min(...times);
}
