import type { JSX } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { ActivityView } from '../../src/protocol/viewModel.ts';
import { formatTimeOfDay } from '../parts/duration.ts';
import { useAsking } from '../host/intents.ts';
import { shortText } from '../parts/plainText.ts';
import { pure } from '../parts/pure.ts';
import { RovingList, RovingRow, useRowTabIndex } from '../parts/rovingList.tsx';
import { SearchField } from '../parts/searchField.tsx';
import { Section } from '../parts/section.tsx';
import { strings } from '../strings.ts';
import { Said } from '../parts/text.tsx';
import { UiStateContext } from '../host/uiState.ts';

const MOST_ROWS = 200;

/** What happened lately, newest first, for the question "why is it so?". */
export function ActivityList({ activity }: { activity: readonly ActivityView[] }): JSX.Element {
  return (
    <Section name="activity" count={activity.length} expanded={false}>
      {() => (activity.length === 0 ? <p class="hint">{strings.noActivity}</p> : <Rows activity={activity} />)}
    </Section>
  );
}

function Rows({ activity }: { activity: readonly ActivityView[] }): JSX.Element {
  const ui = useContext(UiStateContext);
  const [filter, setFilter] = useState(ui?.filter ?? '');
  /** The newest row when the person stopped following: what comes after it waits. */
  const [heldAt, setHeldAt] = useState<number>();
  const newest = activity.toSorted((one, other) => other.pos - one.pos);
  const known = heldAt === undefined ? newest : newest.filter((row) => row.pos <= heldAt);
  const rows = known.filter((row) => matches(row, filter.trim().toLowerCase())).slice(0, MOST_ROWS);
  const onInput = (text: string): void => {
    setFilter(text);
    if (ui) ui.filter = text;
  };
  return (
    <>
      <div class="filters">
        <SearchField action="filter" label={strings.filter} value={filter} onInput={onInput} />
        <button
          type="button"
          class="button secondary"
          data-action="follow"
          aria-pressed={heldAt === undefined}
          title={strings.followHint}
          onClick={() => setHeldAt(heldAt === undefined ? (newest[0]?.pos ?? 0) : undefined)}
        >
          {heldAt === undefined ? strings.following : strings.followNew(newest.length - known.length)}
        </button>
      </div>
      {rows.length === 0 && <p class="hint">{strings.noMatch}</p>}
      {rows.length > 0 && (
        <RovingList label={strings.activity} keys={rows.map((row) => String(row.pos))} class="activity">
          {rows.map((row) => (
            <ActivityRow key={row.pos} row={row} />
          ))}
        </RovingList>
      )}
    </>
  );
}

/** A row leads to its line in the log, by click or Enter. */
const ActivityRow = pure(function ActivityRow({ row }: { row: ActivityView }): JSX.Element {
  return (
    <RovingRow
      id={String(row.pos)}
      label={shortText(`${row.worker ?? ''} ${row.text}`.trim(), 200)}
      class="activity-row"
      data={{ 'data-activity': String(row.pos) }}
    >
      <OpenLine row={row} />
    </RovingRow>
  );
});

function OpenLine({ row }: { row: ActivityView }): JSX.Element {
  const { run, session } = useAsking();
  const tabIndex = useRowTabIndex();
  return (
    <button
      type="button"
      class="line-button"
      data-action="open-line"
      tabIndex={tabIndex}
      title={strings.openLine}
      onClick={() => run({ action: 'openEvents', session, pos: row.pos })}
    >
      <span class="dim time">{row.ts === undefined ? '' : formatTimeOfDay(row.ts)}</span>
      <Said text={row.worker ?? ''} class="activity-worker" />
      <Said text={row.text} class="activity-text" />
    </button>
  );
}

function matches(row: ActivityView, filter: string): boolean {
  if (filter === '') return true;
  return [row.text, row.worker, row.t].some((part) => part?.toLowerCase().includes(filter));
}
