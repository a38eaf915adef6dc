import type { JSX } from 'preact';
import type { WorkerView } from '../src/protocol/viewModel.ts';
import { RovingList } from './rovingList.tsx';
import { Section } from './section.tsx';
import { strings } from './strings.ts';
import { useExpanded } from './uiState.ts';
import { WorkerRow } from './workerRow.tsx';
import { hasEnded, orderAsTree } from './workerTree.ts';

/** So many ended workers are drawn unasked. */
const ENDED_SHOWN = 10;

/** Who works beside the Conductor, live ones first. */
export function WorkerList({ workers }: { workers: readonly WorkerView[] }): JSX.Element {
  const [allShown, setAllShown] = useExpanded('endedWorkers', false);
  const rows = orderAsTree(workers);
  const live = rows.findLastIndex(({ worker }) => !hasEnded(worker)) + 1;
  const shown = allShown ? rows : rows.slice(0, live + ENDED_SHOWN);
  return (
    <Section name="workers" count={workers.length}>
      {() => (
        <>
          {rows.length === 0 && <p class="hint">{strings.noWorkers}</p>}
          {rows.length > 0 && (
            <RovingList label={strings.workers} keys={shown.map(({ worker }) => worker.id)}>
              {shown.map(({ worker, depth }) => (
                <WorkerRow key={worker.id} worker={worker} depth={depth} />
              ))}
            </RovingList>
          )}
          {shown.length < rows.length && (
            <button type="button" class="button link hint" data-action="show-ended" onClick={() => setAllShown(true)}>
              {strings.showEnded(rows.length - shown.length)}
            </button>
          )}
        </>
      )}
    </Section>
  );
}
