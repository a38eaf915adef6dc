import type { JSX } from 'preact';
import { useCallback, useContext, useState } from 'preact/hooks';
import type { WorkerView } from '#protocol/viewModel.ts';
import { Button, WideButton } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { onDemand } from '#webview/components/onDemand.tsx';
import { RovingList, RovingRow } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { VirtualRows } from '#webview/components/virtualRows.tsx';
import { useRedraw } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';
import { UiStateContext, useExpanded } from '#webview/host/uiState.ts';
import { countsText } from './workerCounts.ts';
import { WorkerRow } from './workerRow.tsx';
import {
  countWorkers,
  groupByRun,
  passesFilter,
  type TreeRow,
  type WorkerFilter,
  type WorkerGroup,
} from './workerTree.ts';

const WorkerFilters = onDemand(async () => (await import('./workerFilters.tsx')).WorkerFilters);

/** With more workers than this there is a search field, those that have ended are folded, and so are nested ones. */
const MAX_ALL_SHOWN = 8;

interface WorkerListProps {
  workers: readonly WorkerView[];
  /** The workers whose blocks wait for the person. */
  needing: ReadonlySet<string>;
}

/** The workers, grouped by run; in each run the failures come first, then those that need the person. */
export function WorkerList({ workers, needing }: WorkerListProps): JSX.Element {
  const [filter, setFilter] = useState<WorkerFilter>({ text: '', state: 'all' });
  const filtered = filter.text !== '' || filter.state !== 'all';
  const matching = filtered ? workers.filter((worker) => passesFilter(worker, filter, needing)) : workers;
  const areMany = workers.length > MAX_ALL_SHOWN;
  return (
    <Section name="workers" count={workers.length}>
      {() => (
        <>
          {(areMany || filtered) && (
            <WorkerFilters filter={filter} counts={countsText(countWorkers(workers))} onFilter={setFilter} />
          )}
          {matching.length === 0 && <p class="hint">{filtered ? strings.noMatch : strings.noWorkers}</p>}
          {matching.length > 0 && <Groups groups={groupByRun(matching, needing)} isFolded={areMany && !filtered} />}
        </>
      )}
    </Section>
  );
}

interface GroupsProps {
  groups: readonly WorkerGroup[];
  /** Whether nested workers and those that have ended are folded at first. */
  isFolded: boolean;
}

/** One list for all runs. With several runs each has a header row that folds it. */
function Groups({ groups, isFolded }: GroupsProps): JSX.Element {
  const ui = useContext(UiStateContext);
  const [allShown, setAllShown] = useExpanded('endedWorkers', false);
  const redraw = useRedraw();
  const hasRunHeaders = groups.filter(({ run }) => run !== undefined).length > 1;
  const isOpen = (name: string, fallback = true): boolean => ui?.isExpanded(name, fallback) ?? fallback;
  const toggle = (name: string, fallback = true): void => {
    ui?.setExpanded(name, !isOpen(name, fallback));
    redraw();
  };
  const nestedOpen = ({ id }: WorkerView): boolean => isOpen(`agents:${id}`, !isFolded);
  // the same function for all rows, so that they are not drawn again
  const toggleNested = useCallback(({ id }: WorkerView): void => toggle(`agents:${id}`, !isFolded), [isFolded]);
  const shown = groups.map((group) => {
    const rows = hasRunHeaders && !isOpen(runName(group.run)) ? [] : group.rows;
    return { ...group, rows: allShown || !isFolded ? rows : rows.slice(0, group.open), all: rows.length };
  });
  const hidden = shown.reduce((sum, { rows, all }) => sum + all - rows.length, 0);
  const items = shown.flatMap(({ run, rows }, index): Item[] => [
    ...(hasRunHeaders
      ? [{ run, counts: countsText(countWorkers((groups[index]?.rows ?? []).map(({ worker }) => worker))) }]
      : []),
    ...withoutFolded(rows, nestedOpen),
  ]);
  return (
    <>
      <RovingList label={strings.workers} keys={items.map(keyOf)}>
        <VirtualRows
          items={items}
          keyOf={keyOf}
          estimatedHeight={22}
          row={(item) =>
            'worker' in item ? (
              <WorkerRow
                key={item.worker.id}
                {...item}
                open={item.below && nestedOpen(item.worker)}
                onToggle={toggleNested}
              />
            ) : (
              <RunRow
                key={keyOf(item)}
                {...item}
                open={isOpen(runName(item.run))}
                onToggle={() => toggle(runName(item.run))}
              />
            )
          }
        />
      </RovingList>
      {hidden > 0 && (
        <div class="hint">
          <Button action="show-ended" variant="link" text={strings.showEnded(hidden)} onRun={() => setAllShown(true)} />
        </div>
      )}
    </>
  );
}

const runName = (run: string | undefined): string => `run:${run ?? ''}`;

/** Without the rows below a worker whose own workers are folded. */
function withoutFolded(rows: readonly TreeRow[], isOpen: (worker: WorkerView) => boolean): TreeRow[] {
  let foldedAt = Infinity;
  return rows.filter(({ worker, depth, below }) => {
    if (depth > foldedAt) return false;
    foldedAt = below !== undefined && !isOpen(worker) ? depth : Infinity;
    return true;
  });
}

/** A row of the list: a worker, or the header of a run. */
type Item = TreeRow | { run: string | undefined; counts: string };

const keyOf = (item: Item): string => ('worker' in item ? item.worker.id : runName(item.run));

interface RunRowProps {
  run: string | undefined;
  counts: string;
  open: boolean;
  onToggle: () => void;
}

function RunRow({ run, counts, open, onToggle }: RunRowProps): JSX.Element {
  const text = strings.run(run ?? strings.noRun, counts);
  return (
    <RovingRow id={runName(run)} label={text} class="run" data={{ 'data-run': run ?? '' }}>
      <WideButton action="toggle-run" class="run-toggle" expanded={open} onRun={onToggle}>
        <Icon name="chevron" />
        {text}
      </WideButton>
    </RovingRow>
  );
}
