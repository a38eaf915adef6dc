import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type TimelineView, isMark, timelineFacts, type TimelineFact } from '#protocol/timeline.ts';
import { SearchField } from '#webview/components/searchField.tsx';
import { strings } from '#webview/host/strings.ts';
import { focusOn, keyOf, type Focus, type OpenLine } from './cursor.ts';
import { annotationText, durationText, kindText, laneName, nameText } from './factText.ts';
import { timeText } from './ticks.ts';

interface FactTableProps {
  view: TimelineView;
  now: number;
  filter: string;
  setFilter: (filter: string) => void;
  /** Sets the focus that the table and the picture share. */
  setFocus: (focus: Focus) => void;
  open: OpenLine;
}

/** Height of every row, CSS pixels; only the rows in sight are drawn. */
const ROW_PX = 24;
const OVERSCAN_ROWS = 8;

const texts = strings.timeline;
const COLUMNS = ['time', 'who', 'what', 'name', 'took', 'annotation'] as const;

/** The facts of the picture as a table. Arrow keys move between rows, Enter opens the line in the log. */
export function FactTable({ view, now, filter, setFilter, setFocus, open }: FactTableProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState({ top: 0, height: 600 });
  const [current, setCurrent] = useState(0);
  const follow = useRef(false);
  const all = useMemo(() => timelineFacts(view), [view]);
  const facts = useMemo(() => all.filter((fact) => matches(fact, filter)), [all, filter]);
  const currentIndex = Math.min(current, Math.max(0, facts.length - 1));
  const first = Math.max(0, Math.floor(scrolled.top / ROW_PX) - OVERSCAN_ROWS);
  const last = Math.min(facts.length, Math.ceil((scrolled.top + scrolled.height) / ROW_PX) + OVERSCAN_ROWS);
  const shown = facts.slice(first, last).map((fact, i) => ({ fact, index: first + i }));
  const chosen = facts[currentIndex];
  // the row with the focus stays in the page while it is scrolled out of sight
  if (chosen && currentIndex < first) shown.unshift({ fact: chosen, index: currentIndex });
  if (chosen && currentIndex >= last) shown.push({ fact: chosen, index: currentIndex });

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void => setScrolled({ top: element.scrollTop, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (!follow.current) return;
    follow.current = false;
    box.current?.querySelector<HTMLElement>(`[data-index="${currentIndex}"]`)?.focus({ preventScroll: true });
  }, [currentIndex]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(scrolled.height / ROW_PX) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(facts.length - 1, currentIndex + step));
    if (next === currentIndex) return;
    follow.current = true;
    setCurrent(next);
    const element = box.current;
    if (element === null) return;
    if (next * ROW_PX < element.scrollTop) element.scrollTop = next * ROW_PX;
    else if ((next + 2) * ROW_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = (next + 2) * ROW_PX - element.clientHeight;
  };

  return (
    <div class="facts">
      <div class="facts-head">
        <SearchField action="filter-facts" label={texts.filter} value={filter} onInput={setFilter} />
        <span class="dim" role="status">
          {texts.rows(facts.length, all.length)}
        </span>
      </div>
      <div
        class="facts-body"
        ref={box}
        tabIndex={-1}
        onScroll={(event) =>
          setScrolled({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })
        }
      >
        <table aria-label={texts.tableLabel(view.session.title)} aria-rowcount={facts.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              {COLUMNS.map((column) => (
                <th key={column} scope="col" class={`col-${column}`}>
                  {texts.columns[column]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody onKeyDown={onKeyDown}>
            {shown.map(({ fact, index }, i) => (
              <FactRow
                key={keyOf(fact)}
                fact={fact}
                index={index}
                gap={index - (i === 0 ? 0 : (shown[i - 1]?.index ?? -1) + 1)}
                isCurrent={index === currentIndex}
                now={now}
                choose={() => {
                  setCurrent(index);
                  setFocus(focusOn(fact));
                }}
                open={open}
              />
            ))}
          </tbody>
        </table>
        <div style={{ height: `${(facts.length - 1 - (shown.at(-1)?.index ?? -1)) * ROW_PX}px` }} />
        {facts.length === 0 && <p class="hint">{texts.noMatch}</p>}
      </div>
    </div>
  );
}

interface FactRowProps {
  fact: TimelineFact;
  index: number;
  /** The number of rows that are left out before this one. */
  gap: number;
  isCurrent: boolean;
  now: number;
  choose: () => void;
  open: OpenLine;
}

function FactRow({ fact, index, gap, isCurrent, now, choose, open }: FactRowProps): JSX.Element {
  const { item, from, to, lane } = fact;
  const annotation = annotationText(fact);
  return (
    <>
      {gap > 0 && <tr key="gap" aria-hidden="true" style={{ height: `${gap * ROW_PX}px` }} />}
      <tr key="row" aria-rowindex={index + 2} data-kind={fact.kind}>
        <td>
          <button
            type="button"
            class="button link"
            data-index={index}
            tabIndex={isCurrent ? 0 : -1}
            title={strings.openLine}
            aria-label={`${timeText(from)}, ${strings.openLine}`}
            onFocus={choose}
            onClick={(event) => open(item.pos, event.detail > 0)}
          >
            {timeText(from)}
          </button>
        </td>
        <td>
          <bdi>{laneName(lane.id)}</bdi>
        </td>
        <td>{kindText(fact)}</td>
        <td>
          <bdi>{nameText(fact)}</bdi>
        </td>
        <td>
          {isMark(item)
            ? ''
            : to === undefined
              ? `${durationText(now - from)}, ${texts.lasts}`
              : durationText(to - from)}
        </td>
        <td title={annotation.length > 40 ? annotation : undefined}>
          <bdi>{annotation}</bdi>
        </td>
      </tr>
    </>
  );
}

/** Whether a row contains every word of a filter. */
function matches(fact: TimelineFact, filter: string): boolean {
  const tokens = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (tokens.length === 0) return true;
  const { label, text } = fact.item;
  const haystack = [fact.lane.id, laneName(fact.lane.id), fact.lane.task, kindText(fact), label, text]
    .join(' ')
    .toLowerCase();
  return tokens.every((token) => haystack.includes(token));
}
