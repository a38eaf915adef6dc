import { render } from 'preact';
import type { Intent, PanelState } from '#protocol/messages.ts';
import { fetchOlder, connectHost } from '#webview/host/host.ts';
import type { FetchOlder } from '#webview/host/panelActions.ts';
import { Panel } from '#webview/panel/panel.tsx';
import { renderSnapshots } from '#webview/host/snapshots.ts';
import { UiState } from '#webview/host/uiState.ts';
import '#webview/styles/panel.css';

const host = connectHost();
const ui = new UiState(host);
const root = document.getElementById('root') ?? document.body.appendChild(document.createElement('div'));

window.addEventListener('error', (event) =>
  host.post({ type: 'fault', message: describe(event.error ?? event.message) }),
);
window.addEventListener('unhandledrejection', (event) => host.post({ type: 'fault', message: describe(event.reason) }));

const run = (intent: Intent): void => host.post({ type: 'run', intent });
const older: FetchOlder = (...question) => fetchOlder(host, ...question);
const draw = (state?: PanelState): void => {
  render(<Panel state={state} ui={ui} run={run} older={older} />, root);
};

draw();
renderSnapshots(host, draw);
host.post({ type: 'ready' });

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
