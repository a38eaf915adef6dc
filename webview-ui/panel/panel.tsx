import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { PanelState } from '#protocol/messages.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { PanelActionsContext, type PanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { UiStateContext, type UiState } from '#webview/host/uiState.ts';
import { ActiveBlocks } from './activeBlocks.tsx';
import { ActivityList } from './activityList.tsx';
import { Announcer } from './announcer.tsx';
import { BallotList } from './ballotList.tsx';
import { CheckpointList } from './checkpointList.tsx';
import { EmptyState, Loading } from './emptyState.tsx';
import { LockList } from './lockList.tsx';
import { NeedsYou } from './needsYou.tsx';
import { PipelineList } from './pipelineList.tsx';
import { ReplayBar } from './replayBar.tsx';
import { SessionBar } from './sessionBar.tsx';
import { DamagedLines, StatusBanners } from './statusBanners.tsx';
import { WorkerList } from './workerList.tsx';

interface PanelProps extends Pick<PanelActions, 'run' | 'older'> {
  /** Undefined until the first message from the extension. */
  state: PanelState | undefined;
  ui: UiState;
}

/** The whole panel, a function of the newest snapshot. */
export function Panel({ state, ui, run, older }: PanelProps): JSX.Element {
  const session = state?.view?.session.id ?? '';
  const past = state?.replay?.read === 1;
  const mayAct = !past && (state?.trusted ?? false);
  const hooked = state?.view?.session.unhooked === undefined;
  // a new object would draw every row with a button again
  const actions = useMemo(
    () => ({ run, older, session, mayAct, past, hooked }),
    [run, older, session, mayAct, past, hooked],
  );
  return (
    <UiStateContext.Provider value={ui}>
      <PanelActionsContext.Provider value={actions}>
        <main
          aria-label={strings.panelTitle}
          data-past={past ? '' : undefined}
          data-empty={state === undefined ? 'loading' : undefined}
        >
          {state === undefined ? <Loading /> : <PanelContent state={state} />}
        </main>
      </PanelActionsContext.Provider>
    </UiStateContext.Provider>
  );
}

function PanelContent({ state }: { state: PanelState }): JSX.Element {
  const { view, replay } = state;
  return (
    <>
      {replay && <ReplayBar replay={replay} />}
      {view && <SessionBar session={view.session} sessions={state.sessions} />}
      <StatusBanners state={state} />
      {view ? <SessionContent key={view.session.id} view={view} /> : <EmptyState state={state} />}
      {!view && <NeedsYou notices={state.notices ?? []} asks={[]} blocks={[]} activeCount={0} workers={[]} />}
      {view && !replay && <Announcer running={view.counts.running} needsYou={view.counts.needsYou} />}
    </>
  );
}

/** What needs the person comes first, then what runs, then what happened. */
function SessionContent({ view }: { view: ViewModel }): JSX.Element {
  const blocks = view.blocks.filter((block) => block.cleared === undefined);
  const needing = new Set(blocks.filter((block) => block.needsYou).map((block) => block.worker));
  return (
    <>
      <DamagedLines damaged={view.damaged} />
      <NeedsYou
        notices={view.notices}
        asks={view.asks}
        blocks={blocks.filter((block) => block.needsYou)}
        activeCount={blocks.length}
        workers={view.workers}
      />
      <ActiveBlocks blocks={blocks.filter((block) => !block.needsYou)} />
      <WorkerList workers={view.workers} needing={needing} />
      <BallotList ballots={view.ballots} />
      <LockList locks={view.locks} />
      <CheckpointList checkpoints={view.checkpoints} />
      <PipelineList stages={view.pipeline} />
      <ActivityList activity={view.activity} hasOlder={view.activityCut === true} />
    </>
  );
}
