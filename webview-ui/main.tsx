import { render } from 'preact';
import type { PanelState } from '#protocol/messages.ts';
import { clock } from '#webview/host/clock.ts';
import { connectHost, reportErrors } from '#webview/host/host.ts';
import { shareStructure } from '#webview/host/memo.ts';
import { olderFetcher, peekFetcher, type PanelActions } from '#webview/host/panelActions.ts';
import { guardPointer } from '#webview/host/pointerGuard.ts';
import { renderSnapshots } from '#webview/host/snapshots.ts';
import { UiState } from '#webview/host/uiState.ts';
import { Panel } from '#webview/panel/panel.tsx';
import '#webview/styles/panel.css';

const host = connectHost();
reportErrors(host);
guardPointer(document);
const ui = new UiState(host);
const root = document.getElementById('root') ?? document.body;
const run: PanelActions['run'] = (intent) => host.post({ type: 'run', intent });
const older = olderFetcher(host);
const peek = peekFetcher(host);
let latest: PanelState | undefined;

const draw = (state?: PanelState): void => {
  latest = shareStructure(latest, state);
  render(<Panel state={latest} ui={ui} run={run} older={older} peek={peek} />, root);
};

draw();
renderSnapshots(host, (state: PanelState) => {
  const { view, replay } = state;
  const past = replay?.read === 1;
  clock.stop(past ? replay.position.ts : undefined);
  if (view && !past) clock.adjust(view.generatedTs);
  draw(state);
});
host.post({ type: 'ready' });
