import { strings } from '#webview/host/strings.ts';
import type { WorkerCounts } from './workerTree.ts';

/** Workers in numbers: `working 24 · waiting 7 · failed 3`. */
export const countsText = (counts: WorkerCounts): string =>
  (['failed', 'working', 'waiting', 'done'] as const)
    .filter((each) => counts[each] > 0)
    .map((each) => strings.workerCounts[each](counts[each]))
    .join(' · ');

/** The same where there is little room: how many, and how many of them have failed. */
export function shortCounts(counts: WorkerCounts): string {
  const all = counts.working + counts.waiting + counts.failed + counts.done;
  return counts.failed === 0 ? String(all) : `${all} (${strings.workerCounts.failed(counts.failed)})`;
}
