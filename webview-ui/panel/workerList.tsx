import type { JSX } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { WorkerView } from '#protocol/viewModel.ts';
import { WideButton } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { RovingList, RovingRow } from '#webview/components/rovingList.tsx';
import { SearchField } from '#webview/components/searchField.tsx';
import { Section } from '#webview/components/section.tsx';
import { VirtualRows } from '#webview/components/virtualRows.tsx';
import { useRedraw } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';
import { UiStateContext, useExpanded } from '#webview/host/uiState.ts';
import { WorkerRow } from './workerRow.tsx';
import { groupByRun, passesFilter, type TreeRow, type WorkerFilter, type WorkerGroup } from './workerTree.ts';

/** The ended workers of a run that are shown before "show all". */
const MAX_ENDED = 10;
/** With more workers than this there is a search field. */
const FILTER_MIN_WORKERS = 8;

const STATES = ['all', 'live', 'needsYou', 'ended'] as const;

interface WorkerListProps {
  workers: readonly WorkerView[];
  /** The workers whose blocks wait for the person. */
  needing: ReadonlySet<string>;
}

/** The workers, grouped by run; in each run those that need the person come first. */
export function WorkerList({ workers, needing }: WorkerListProps): JSX.Element {
  const [filter, setFilter] = useState<WorkerFilter>({ text: '', state: 'all' });
  const filtered = filter.text !== '' || filter.state !== 'all';
  const matching = filtered ? workers.filter((worker) => passesFilter(worker, filter, needing)) : workers;
  return (
    <Section name="workers" count={workers.length}>
      {() => (
        <>
          {(workers.length > FILTER_MIN_WORKERS || filtered) && <Filters filter={filter} onFilter={setFilter} />}
          {matching.length === 0 && <p class="hint">{filtered ? strings.noMatch : strings.noWorkers}</p>}
          {matching.length > 0 && <Groups groups={groupByRun(matching, needing)} />}
        </>
      )}
    </Section>
  );
}

function Filters({ filter, onFilter }: { filter: WorkerFilter; onFilter: (next: WorkerFilter) => void }): JSX.Element {
  return (
    <div class="filters">
      <SearchField
        action="filter-workers"
        label={strings.filterWorkers}
        value={filter.text}
        onInput={(text) => onFilter({ ...filter, text })}
      />
      <select
        class="select state-filter"
        data-action="filter-state"
        aria-label={strings.stateFilter}
        value={filter.state}
        onChange={(event) => onFilter({ ...filter, state: event.currentTarget.value as WorkerFilter['state'] })}
      >
        {STATES.map((state) => (
          <option key={state} value={state}>
            {strings.stateFilters[state]}
          </option>
        ))}
      </select>
    </div>
  );
}

/** One list for all runs. With several runs each has a header row that folds it. */
function Groups({ groups }: { groups: readonly WorkerGroup[] }): JSX.Element {
  const ui = useContext(UiStateContext);
  const [allShown, setAllShown] = useExpanded('endedWorkers', false);
  const redraw = useRedraw();
  const hasRunHeaders = groups.filter(({ run }) => run !== undefined).length > 1;
  const isOpen = (run: string | undefined): boolean =>
    !hasRunHeaders || (ui?.isExpanded(`run:${run ?? ''}`, true) ?? true);
  const toggle = (run: string | undefined): void => {
    ui?.setExpanded(`run:${run ?? ''}`, !isOpen(run));
    redraw();
  };
  const shown = groups.map((group) => {
    const rows = isOpen(group.run) ? group.rows : [];
    return { ...group, rows: allShown ? rows : rows.slice(0, group.live + MAX_ENDED), all: rows.length };
  });
  const hidden = shown.reduce((sum, { rows, all }) => sum + all - rows.length, 0);
  const items = shown.flatMap(({ run, rows }, index): Item[] => [
    ...(hasRunHeaders ? [{ run, count: groups[index]?.rows.length ?? 0 }] : []),
    ...rows,
  ]);
  return (
    <>
      <RovingList label={strings.workers} keys={items.map(keyOf)}>
        <VirtualRows
          items={items}
          keyOf={keyOf}
          estimatedHeight={64}
          row={(item) =>
            'worker' in item ? (
              <WorkerRow key={item.worker.id} {...item} />
            ) : (
              <RunRow key={keyOf(item)} {...item} open={isOpen(item.run)} onToggle={() => toggle(item.run)} />
            )
          }
        />
      </RovingList>
      {hidden > 0 && (
        <button type="button" class="button link hint" data-action="show-ended" onClick={() => setAllShown(true)}>
          {strings.showEnded(hidden)}
        </button>
      )}
    </>
  );
}

/** A row of the list: a worker, or the header of a run. */
type Item = TreeRow | { run: string | undefined; count: number };

const keyOf = (item: Item): string => ('worker' in item ? item.worker.id : `run:${item.run ?? ''}`);

interface RunRowProps {
  run: string | undefined;
  count: number;
  open: boolean;
  onToggle: () => void;
}

function RunRow({ run, count, open, onToggle }: RunRowProps): JSX.Element {
  const text = strings.run(run ?? strings.noRun, count);
  return (
    <RovingRow id={`run:${run ?? ''}`} label={text} class="run" data={{ 'data-run': run ?? '' }}>
      <WideButton action="toggle-run" class="run-toggle" expanded={open} onRun={onToggle}>
        <Icon name="chevron" />
        {text}
      </WideButton>
    </RovingRow>
  );
}
