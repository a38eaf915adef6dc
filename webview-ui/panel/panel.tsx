import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { PanelState } from '#protocol/messages.ts';
import { NamesContext, useNames } from '#webview/components/agentName.tsx';
import { onDemand } from '#webview/components/onDemand.tsx';
import { PanelActionsContext, type PanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { UiStateContext, type UiState } from '#webview/host/uiState.ts';
import { Announcer } from './announcer.tsx';
import { Board } from './board/board.tsx';
import { EmptyState, Loading } from './emptyState.tsx';
import { ReplayBarSlot } from './replayBarSlot.tsx';
import { SessionContent } from './sessionContent.tsx';
import { StatusBanners } from './bannerSlots.ts';
import { WindowNotices } from './windowNotices.tsx';

const Guide = onDemand(async () => (await import('./guide.tsx')).Guide);

interface PanelProps extends Pick<PanelActions, 'run' | 'older' | 'peek'> {
  /** Undefined until the first message from the extension. */
  state: PanelState | undefined;
  ui: UiState;
}

/** The whole panel, a function of the newest snapshot. */
export function Panel({ state, ui, run, older, peek }: PanelProps): JSX.Element {
  const session = state?.view?.session.id ?? '';
  const past = state?.replay?.read === 1;
  const { unhooked, reach, machine } = state?.view?.session ?? {};
  const mayAct = !past && (state?.trusted ?? false) && (state?.board !== undefined || reach?.outOfReach === undefined);
  const hooked = unhooked === undefined;
  const terminal = reach?.noTerminal !== true && machine === undefined;
  // a new object would draw every row with a button again
  const actions = useMemo(
    () => ({ run, older, peek, session, mayAct, past, hooked, terminal }),
    [run, older, peek, session, mayAct, past, hooked, terminal],
  );
  const names = useNames(state?.view?.workers);
  const onKeyDown = (event: KeyboardEvent): void => {
    const inField = (event.target as HTMLElement).matches('input, select');
    if (event.key === 'Escape' && !inField && state !== undefined && canGoBack(state)) run({ action: 'showBoard' });
  };
  return (
    <UiStateContext.Provider value={ui}>
      <PanelActionsContext.Provider value={actions}>
        <NamesContext.Provider value={names}>
          <main
            aria-label={strings.panelTitle}
            data-past={past ? '' : undefined}
            data-empty={state === undefined ? 'loading' : undefined}
            onKeyDown={onKeyDown}
          >
            {state === undefined ? <Loading /> : <PanelContent state={state} />}
          </main>
        </NamesContext.Provider>
      </PanelActionsContext.Provider>
    </UiStateContext.Provider>
  );
}

/** Whether there is a Board behind the session that is shown. */
const canGoBack = ({ board, view, replay, sessions }: PanelState): boolean =>
  board === undefined && view !== undefined && replay === undefined && sessions.length > 1;

function PanelContent({ state }: { state: PanelState }): JSX.Element {
  const { board, view, replay, needsYou, guide } = state;
  if (board !== undefined && replay === undefined)
    return (
      <>
        {guide !== undefined && <Guide state={state} />}
        <StatusBanners state={state} />
        <Board board={board} state={state} />
        <Announcer running={board.groups.working.length} needsYou={board.needsYou} />
      </>
    );
  return (
    <>
      {replay && <ReplayBarSlot replay={replay} />}
      {guide !== undefined && !replay && <Guide state={state} />}
      {view ? (
        <SessionContent key={view.session.id} state={state} view={view} canGoBack={canGoBack(state)} />
      ) : (
        <>
          <EmptyState state={state} />
          <WindowNotices notices={state.notices ?? []} />
        </>
      )}
      {view && !replay && <Announcer running={view.counts.running} needsYou={needsYou} />}
    </>
  );
}
