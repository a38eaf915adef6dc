import { render } from 'preact';
import type { FromTimeline, TimelineState, ToTimeline } from '#protocol/messages.ts';
import { clock } from '#webview/host/clock.ts';
import { connectHost, reportErrors } from '#webview/host/host.ts';
import { renderSnapshots } from '#webview/host/snapshots.ts';
import { App } from './app.tsx';
import type { OpenLine } from './cursor.ts';
import { nameLanes } from './factText.ts';
import { readSaved, type Saved } from './savedState.ts';
import '#webview/styles/timeline.css';

/** The state is saved at most this often, since panning changes it at every frame. */
const SAVE_MS = 150;

const host = connectHost<FromTimeline, ToTimeline>();
reportErrors(host);
const root = document.getElementById('root') ?? document.body;
const saved = readSaved(host.savedState());

let toSave: Saved | undefined;
const save = (state: Saved): void => {
  if (toSave === undefined) setTimeout(saveNow, SAVE_MS);
  toSave = state;
  document.documentElement.dataset['saving'] = '';
};
const saveNow = (): void => {
  if (toSave !== undefined) host.saveState(toSave);
  toSave = undefined;
  delete document.documentElement.dataset['saving'];
};
const open: OpenLine = (pos, stay) => host.post({ type: 'openLine', pos, stay });
const replay = (pos: number): void => host.post({ type: 'replay', pos });
const openTranscript = (lane: string, ts: number): void => host.post({ type: 'openTranscript', lane, ts });
const draw = (state?: TimelineState): void =>
  render(
    <App state={state} saved={saved} save={save} open={open} replay={replay} openTranscript={openTranscript} />,
    root,
  );

draw();
renderSnapshots(host, (state: TimelineState) => {
  if (state.view) {
    clock.adjust(state.view.generatedTs);
    nameLanes(state.view.lanes);
  }
  draw(state);
});
host.post({ type: 'ready' });
