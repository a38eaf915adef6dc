import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { DECIDED_NOTICES } from '#protocol/board.ts';
import type { PanelState } from '#protocol/messages.ts';
import type { BlockView, ViewModel } from '#protocol/viewModel.ts';
import { onDemand } from '#webview/components/onDemand.tsx';
import { ActivityList } from './activityList.tsx';
import { AgentsContext } from './decisions/agents.ts';
import { DamagedLines, StatusBanners } from './bannerSlots.ts';
import { HeldList } from './heldList.tsx';
import { NeedsYou } from './needsYou.tsx';
import { NoteList } from './noteList.tsx';
import { SessionBar } from './sessionBar.tsx';
import { WorkerList } from './workerList.tsx';

const LaterList = onDemand(async () => (await import('./laterList.tsx')).LaterList);
const Coordination = onDemand(async () => (await import('./coordination.tsx')).Coordination);

interface SessionContentProps {
  state: PanelState;
  view: ViewModel;
  /** Whether there is a Board to go back to. */
  canGoBack: boolean;
}

/** One session: what needs the person comes first, then what waits and runs, then what happened. */
export function SessionContent({ state, view, canGoBack }: SessionContentProps): JSX.Element {
  const { calls, workers, notices } = view;
  const agents = useMemo(() => new Map(workers.map((worker) => [worker.id, worker])), [workers]);
  const waiting = calls.filter(({ needsYou, state: callState }) => !needsYou && callState === 'held');
  const needing = new Set(
    calls.filter((call) => call.needsYou).flatMap((call) => call.reasons.map(({ from }) => from)),
  );
  return (
    <AgentsContext.Provider value={agents}>
      <SessionBar view={view} canGoBack={canGoBack} />
      <StatusBanners state={state} />
      {view.damaged.total > 0 && <DamagedLines damaged={view.damaged} />}
      <NeedsYou view={view} focus={state.focus} />
      <HeldList calls={waiting} />
      <WorkerList workers={workers} needing={needing} />
      <LaterList blocks={blocksForLater(view)} />
      {coordinates(view) && <Coordination view={view} />}
      <NoteList notices={notices.filter(({ kind }) => !DECIDED_NOTICES.includes(kind))} />
      <ActivityList activity={view.activity} hasOlder={view.activityCut === true} />
    </AgentsContext.Provider>
  );
}

const coordinates = ({ ballots, locks, checkpoints, proofs = [], merges = [], pipeline }: ViewModel): boolean =>
  ballots.length + locks.length + checkpoints.length + proofs.length + merges.length + pipeline.length > 0;

/** The blocks because of which nothing waits now. */
function blocksForLater({ blocks, calls }: ViewModel): BlockView[] {
  const shown = calls.filter(({ needsYou, state }) => needsYou || state === 'held');
  const inCalls = new Set(shown.flatMap(({ reasons }) => reasons.map(({ block }) => block)));
  // what waits for its first call is named beside Hold…
  return blocks.filter(({ id, cleared, next }) => cleared === undefined && next === undefined && !inCalls.has(id));
}
