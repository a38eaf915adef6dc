import { formatDuration } from '#protocol/duration.ts';
import type { TimelineView } from '#protocol/timeline.ts';
import { BILL_LABELS, greatestSaving, type BillPart } from '#protocol/waitingBill.ts';
import { markup, type Html, table } from './markup.ts';

/** What the time of a session went into, as a table, and the change that would have saved most. */
export function billHtml({ bill }: TimelineView, laneName: (id: string) => string): Html {
  if (bill === undefined || bill.totalMs === 0) return markup``;
  const { parts, totalMs } = bill;
  const nameOf = ({ kind, name }: BillPart): string | undefined =>
    kind === 'worker' && name !== undefined ? laneName(name) : name;
  const rows = parts.map((part) => [
    BILL_LABELS[part.kind],
    nameOf(part),
    formatDuration(part.ms),
    `${Math.round((100 * part.ms) / totalMs)}%`,
  ]);
  const saving = greatestSaving(bill);
  const note =
    saving === undefined
      ? markup``
      : markup`<p>The one change that would have saved most: without “${[BILL_LABELS[saving.kind], nameOf(saving)].filter(Boolean).join(': ')}” the session would have been ${formatDuration(saving.savedMs)} shorter.</p>`;
  return markup`<h3>Where the time went</h3>
<p>${formatDuration(totalMs)} in all.</p>${table(['What', 'Name', 'Time', 'Share'], rows)}${note}`;
}
