import type { JSX } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { ActivityView } from '../src/protocol/viewModel.ts';
import { formatTimeOfDay } from './duration.ts';
import { shortText } from './plainText.ts';
import { pure } from './pure.ts';
import { RovingList, RovingRow } from './rovingList.tsx';
import { Section } from './section.tsx';
import { strings } from './strings.ts';
import { Said } from './text.tsx';
import { UiStateContext } from './uiState.ts';

const MOST_ROWS = 200;

/** What happened lately, newest first, for the question "why is it so?". */
export function ActivityList({ activity }: { activity: readonly ActivityView[] }): JSX.Element {
  return (
    <Section name="activity" count={activity.length} expanded={false}>
      {() => <FilteredRows activity={activity} />}
    </Section>
  );
}

function FilteredRows({ activity }: { activity: readonly ActivityView[] }): JSX.Element {
  const ui = useContext(UiStateContext);
  const [filter, setFilter] = useState(ui?.filter ?? '');
  const rows = activity
    .filter((row) => matches(row, filter.trim().toLowerCase()))
    .toSorted((one, other) => other.pos - one.pos)
    .slice(0, MOST_ROWS);
  const onInput = (text: string): void => {
    setFilter(text);
    if (ui) ui.filter = text;
  };
  return (
    <>
      {activity.length > 0 && (
        <input
          class="field filter"
          type="search"
          data-action="filter"
          aria-label={strings.filter}
          placeholder={strings.filter}
          value={filter}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
      {rows.length === 0 && <p class="hint">{activity.length === 0 ? strings.noActivity : strings.noMatch}</p>}
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

const ActivityRow = pure(function ActivityRow({ row }: { row: ActivityView }): JSX.Element {
  return (
    <RovingRow
      id={String(row.pos)}
      label={shortText(`${row.worker ?? ''} ${row.text}`.trim(), 200)}
      class="activity-row"
      data={{ 'data-activity': String(row.pos) }}
    >
      <span class="dim time">{row.ts === undefined ? '' : formatTimeOfDay(row.ts)}</span>
      <Said text={row.worker ?? ''} class="activity-worker" />
      <Said text={row.text} class="activity-text" />
    </RovingRow>
  );
});

function matches(row: ActivityView, filter: string): boolean {
  if (filter === '') return true;
  return [row.text, row.worker, row.t].some((part) => part?.toLowerCase().includes(filter));
}
