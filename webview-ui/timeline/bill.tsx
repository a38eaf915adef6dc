import type { JSX } from 'preact';
import { greatestSaving, type BillPart, type WaitingBill } from '#protocol/waitingBill.ts';
import { shortText } from '#webview/components/plainText.ts';
import { memo } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';
import type { OpenLine } from './cursor.ts';
import { durationText, laneName } from './factText.ts';
import { timeText } from './ticks.ts';

/** Of more parts the smallest are one row. */
const MAX_PARTS = 10;

const texts = strings.timeline;

interface BillProps {
  bill: WaitingBill;
  open: OpenLine;
  isOpen: boolean;
  setOpen: (open: boolean) => void;
}

/** What the time of the session went into: a bar, the same as a list, and the change that would have saved most. */
export const Bill = memo(({ bill, open, isOpen, setOpen }: BillProps): JSX.Element => {
  const { parts, totalMs } = bill;
  const shown = parts.slice(0, MAX_PARTS);
  const rest = parts.slice(MAX_PARTS);
  const restMs = rest.reduce((sum, { ms }) => sum + ms, 0);
  const saving = greatestSaving(bill);
  return (
    <details class="bill" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {texts.bill} <span class="dim">{durationText(totalMs)}</span>
      </summary>
      <div class="bill-bar" aria-hidden="true">
        {shown.map((part) => (
          <span key={keyOf(part)} data-bill={part.kind} style={{ flexGrow: part.ms }} />
        ))}
        {restMs > 0 && <span data-bill="rest" style={{ flexGrow: restMs }} />}
      </div>
      <ul aria-label={texts.bill}>
        {shown.map((part) => (
          <li key={keyOf(part)}>
            <button type="button" title={texts.billLongest(timeText(part.from))} onClick={() => open(part.pos, false)}>
              <span class="swatch" data-bill={part.kind} aria-hidden="true" />
              {labelOf(part)} <span class="dim">{amountText(part.ms, totalMs)}</span>
            </button>
          </li>
        ))}
        {restMs > 0 && (
          <li>
            <span class="swatch" data-bill="rest" aria-hidden="true" />
            {texts.billMore(rest.length)} <span class="dim">{amountText(restMs, totalMs)}</span>
          </li>
        )}
      </ul>
      {saving && <p>{texts.billSaving(labelOf(saving), durationText(saving.savedMs))}</p>}
    </details>
  );
});

const keyOf = ({ kind, name }: BillPart): string => `${kind} ${name ?? ''}`;

/** What a part is, with the name of what was waited for. */
function labelOf({ kind, name }: BillPart): string {
  const label = texts.billKinds[kind];
  if (name === undefined) return label;
  return `${label}: ${kind === 'worker' ? laneName(name) : shortText(name, 60)}`;
}

const amountText = (ms: number, totalMs: number): string =>
  `${durationText(ms)} · ${texts.billShare(Math.round((100 * ms) / totalMs))}`;
