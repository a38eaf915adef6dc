import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Button } from '#webview/components/button.tsx';
import { SearchField } from '#webview/components/searchField.tsx';
import { strings } from '#webview/host/strings.ts';
import type { WorkerFilter } from './workerTree.ts';

const STATES = ['all', 'live', 'needsYou', 'ended'] as const;

interface WorkerFiltersProps {
  filter: WorkerFilter;
  /** The workers in numbers. */
  counts: string;
  onFilter: (next: WorkerFilter) => void;
}

/** The workers in numbers, with a search by their words and their state that opens beside them. */
export function WorkerFilters({ filter, counts, onFilter }: WorkerFiltersProps): JSX.Element {
  const [open, setOpen] = useState(false);
  const isFiltered = filter.text !== '' || filter.state !== 'all';
  const close = (): void => {
    if (open) onFilter({ text: '', state: 'all' });
    setOpen(!open);
  };
  return (
    <>
      <div class="counts dim">
        {counts}
        <span class="end">
          <Button
            action="search-workers"
            icon="search"
            text={strings.filterWorkers}
            expanded={open || isFiltered}
            onRun={close}
          />
        </span>
      </div>
      {(open || isFiltered) && <Fields filter={filter} onFilter={onFilter} />}
    </>
  );
}

function Fields({ filter, onFilter }: Omit<WorkerFiltersProps, 'counts'>): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.querySelector('input')?.focus(), []);
  return (
    <div class="filters" ref={box}>
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
